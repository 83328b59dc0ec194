package io.vmxdecision.engine.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class EngineArchitectureTest {
  private static final String ENGINE = "io.vmxdecision.engine";
  private static final JavaClasses CLASSES =
      new ClassFileImporter().withImportOption(new ImportOption.DoNotIncludeTests()).importPackages(ENGINE);

  @Test
  void theEngineKnowsTheJdkAndItselfAndNothingElse() {
    classes()
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(ENGINE + "..", "java.lang..", "java.util..", "java.nio..", "org.jspecify..")
        .check(CLASSES);
  }

  @Test
  void thePackagesKnowEachOtherInOneDirection() {
    layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer("bytes").definedBy(ENGINE + ".bytes")
        .layer("hyperv").definedBy(ENGINE + ".hyperv")
        .layer("vmx").definedBy(ENGINE + ".vmx")
        .layer("profile").definedBy(ENGINE + ".profile")
        .layer("machine").definedBy(ENGINE + ".machine")
        .layer("catalogue").definedBy(ENGINE + ".catalogue")
        .layer("decision").definedBy(ENGINE + ".decision")
        .layer("rules").definedBy(ENGINE + ".rules")
        .layer("check").definedBy(ENGINE + ".check")
        .layer("entry").definedBy(ENGINE + ".entry")
        .layer("scenario").definedBy(ENGINE + ".scenario")
        .layer("tlfs").definedBy(ENGINE + ".tlfs")
        .layer("counterfactual").definedBy(ENGINE + ".counterfactual")
        .layer("engine").definedBy(ENGINE)
        .whereLayer("engine").mayOnlyBeAccessedByLayers("scenario", "counterfactual")
        .whereLayer("counterfactual").mayNotBeAccessedByAnyLayer()
        .whereLayer("scenario").mayNotBeAccessedByAnyLayer()
        .whereLayer("tlfs").mayNotBeAccessedByAnyLayer()
        .whereLayer("check").mayNotBeAccessedByAnyLayer()
        .whereLayer("check").mayOnlyAccessLayers("bytes", "hyperv", "vmx", "profile", "entry")
        .whereLayer("entry").mayOnlyBeAccessedByLayers("check", "scenario", "counterfactual")
        .whereLayer("entry").mayOnlyAccessLayers("bytes", "hyperv", "vmx", "profile", "decision")
        .whereLayer("rules").mayOnlyBeAccessedByLayers("scenario", "tlfs", "counterfactual", "engine")
        .whereLayer("catalogue").mayOnlyBeAccessedByLayers("rules", "tlfs", "counterfactual", "engine")
        .whereLayer("decision")
        .mayOnlyBeAccessedByLayers(
            "catalogue", "rules", "entry", "scenario", "tlfs", "counterfactual", "engine")
        .whereLayer("machine")
        .mayOnlyBeAccessedByLayers(
            "decision", "catalogue", "rules", "scenario", "tlfs", "counterfactual", "engine")
        .whereLayer("bytes").mayNotAccessAnyLayer()
        .whereLayer("hyperv").mayOnlyAccessLayers("bytes")
        .whereLayer("vmx").mayOnlyAccessLayers("bytes")
        .check(CLASSES);
    slices().matching(ENGINE + ".(*)..").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void theHotPathThrowsNoExceptionsAndBuildsNoStrings() {
    noClasses()
        .that().resideInAnyPackage(ENGINE + ".rules", ENGINE + ".tlfs", ENGINE)
        .and().haveSimpleNameNotEndingWith("Evidence") // words, made after a decision
        .should().dependOnClassesThat().areAssignableTo(Throwable.class)
        .orShould().callConstructor(StringBuilder.class)
        .check(CLASSES);
  }
}
