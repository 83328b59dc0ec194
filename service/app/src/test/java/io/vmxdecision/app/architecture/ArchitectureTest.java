package io.vmxdecision.app.architecture;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.core.domain.properties.HasReturnType.Predicates.rawReturnType;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.vmxdecision.engine.bytes.GuestMemory;
import io.vmxdecision.engine.bytes.PageTranslations;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VirtualProcessors;
import jakarta.servlet.http.Part;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.web.bind.annotation.RestController;

class ArchitectureTest {
  private static final JavaClasses APP =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.vmxdecision.app");

  @Test
  void whatEndpointsShareKnowsNoEndpoint() {
    noClasses()
        .that()
        .resideInAnyPackage("..app.wire..", "..app.problem..", "..app.contract..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("..app.decision..", "..app.evmcs..", "..app.exitreason..", "..app.rule..")
        .check(APP);
  }

  @Test
  void theServerKnowsNothingOfDecisions() {
    noClasses()
        .that()
        .resideInAPackage("..app.server..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("..app.decision..", "..app.decisionlog..", "..app.replay..", "..app.stream..",
            "..app.evmcs..", "..app.exitreason..", "..app.rule..", "..app.wire..", "..engine..")
        .check(APP);
  }

  @Test
  void whatIsWrittenDownKnowsNoEndpoint() {
    noClasses()
        .that()
        .resideInAPackage("..app.decisionlog..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("..app.decision..", "..app.stream..", "..app.replay..", "..app.server..")
        .check(APP);
  }

  @Test
  void theRoomsOfTheServerHaveFloors() {
    noClasses().that().resideInAPackage("..server.clients..").should().dependOnClassesThat()
        .resideInAnyPackage("..server.overload..", "..server.exchange..", "..server.shutdown..").check(APP);
    noClasses().that().resideInAPackage("..server.overload..").should().dependOnClassesThat()
        .resideInAnyPackage("..server.exchange..", "..server.shutdown..").check(APP);
  }

  @Test
  void theValuesOfTheWireKnowNoWeb() {
    noClasses()
        .that()
        .resideInAPackage("..app.wire..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.springframework..", "jakarta.servlet..", "..app.problem..",
            "..app.contract..")
        .check(APP);
  }

  /** The pages in it are a guest's memory. */
  @Test
  void nothingOfAFormIsWrittenToADisk() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.springframework.web.multipart..", "..http.fileupload.disk..")
        .orShould()
        .dependOnClassesThat()
        .areAssignableTo(Part.class)
        .check(APP);
  }

  /** It holds what has to be true of a snapshot. */
  @Test
  void snapshotsAreFilledByTheirBuilderAlone() {
    noClasses()
        .should()
        .callMethodWhere(
            target(owner(assignableTo(VirtualProcessors.class)))
                .and(target(nameMatching("reset|vpIndex|nestedContext|addPending")))
                .and(target(rawReturnType(void.class)))
                .or(target(owner(assignableTo(GuestMemory.class))).and(target(name("add"))))
                .or(target(owner(assignableTo(PageTranslations.class))).and(target(name("add"))))
                .or(
                    target(owner(assignableTo(Snapshot.class)))
                        .and(target(rawReturnType(void.class)))))
        .check(APP);
  }

  @Test
  void controllersAreUsedByNobody() {
    classes().that().areAnnotatedWith(RestController.class).should().bePackagePrivate().check(APP);
  }

  @Test
  void nothingIsInjectedIntoFields() {
    noFields()
        .should()
        .beAnnotatedWith(Autowired.class)
        .orShould()
        .beAnnotatedWith(Value.class)
        .check(APP);
  }
}
