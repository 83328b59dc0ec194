package io.vmxdecision.app.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
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
