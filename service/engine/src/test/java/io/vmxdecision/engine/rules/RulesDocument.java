package io.vmxdecision.engine.rules;

import io.vmxdecision.engine.catalogue.Input;
import io.vmxdecision.engine.catalogue.Rule;
import io.vmxdecision.engine.entry.EntryCheck;
import io.vmxdecision.engine.entry.EntryChecks;
import io.vmxdecision.engine.entry.EntryFact;
import io.vmxdecision.engine.entry.SdmSection;
import io.vmxdecision.engine.profile.Departure;
import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.scenario.ScenarioRule;
import io.vmxdecision.engine.tlfs.TlfsRule;
import io.vmxdecision.engine.vmx.BasicExitReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** {@code rules.md} as it should be, made of the rules and the routing table. */
final class RulesDocument {
  private static final Path FILE = Path.of("rules.md");
  private static final int COLUMNS = 100;
  private static final Pattern WORDS = Pattern.compile(" ");

  private static final String HEAD = """
      # The rules

      What the engine decides by, in the order in which it looks. Each rule is a statement that holds
      ("met") or not. Its number stands for it in decision logs and never changes. An explanation
      (`?explain=true`) has the ids and what each rule saw.

      The rules of the profile tlfs, the checks of VM-entries and the rules of scenarios come last. Each
      check is a statement that has to hold.

      This file is generated from the `Rule` objects in `src/main/java/.../engine/rules`, the tables in
      `src/main/java/.../engine/entry`, `TlfsRule` and `ScenarioRule`; a test holds them equal. After
      changing one, rewrite it:

      ```sh
      ./mvnw -q -pl service/engine test -Dtest=RulesWriter
      ```
      """;

  private static final Map<Character, String> SECTIONS =
      Map.of(
          'X', "X: can the exit reason be at all?",
          'E', "E: is an enlightened VMCS in use?",
          'F', "F: is the L2 TLB flush eligible?",
          'R', "R: who handles an exit taken from L2?",
          'H', "H: the flush hypercall in L0",
          'M', "M: who queues what",
          'C', "C: completing the call",
          'S', "S: the exit that L1 sees",
          'P', "P: in what another L0 departs from kvm-6.12");

  private static final String TABLE = """

      ### The routing table

      The rows of rule R by basic exit reason. A reason that is not listed is L1's. A row that asks for more
      than "always" or "never" needs an enlightened VMCS in use (E1 to E5), except VMCALL, NMI, #VE and #PF.

      | reason | | L1 gets the exit |
      |---|---|---|
      """;

  private static final String CHECKS =
      """

          ## N: does a VM-entry start L2?

          The checks by SDM section. "With an eVMCS" and "with an ordinary VMCS" are the profile kvm-6.12: L0 and
          the CPU behind it. "On a bare CPU" is the profile sdm. Who acts on which check first: N-P, N-C, N-H,
          N-G, N-M, N-S under kvm-6.12; under sdm the order here. Under kvm-6.1 and kvm-7.3 an entry with an
          eVMCS is checked alike but for N-C49 to N-C53.

          Two checks of a bare CPU are not made. N-S63, the reserved bits of IA32_RTIT_CTL and IA32_LBR_CTL when
          they are loaded: those bits follow from CPUID leaves 0x14 and 0x1c, which a request does not have; SDM text
          was seen for IA32_RTIT_CTL only. N-S79, a value in the MSR-load list that WRMSR would refuse: that differs
          from MSR to MSR and from CPU to CPU.
          """;

  private static final String TLFS = """

      ## T of tlfs: what the text demands

      These rules are the profile tlfs, and no kernel looks at them. One is "met" where it speaks in a case.
      They share E, F5 and the layouts with the rules above. The rules of scenarios, at the end, are others.
      """;

  private static final String SCENARIOS = """

      ## T: what L0 keeps between events

      These rules hold in scenarios of `kvm-6.12`: they say on what the rules above decide. They have no
      numbers, since a decision does not look at them.
      """;

  private RulesDocument() {}

  static String now() throws IOException {
    return Files.readString(FILE);
  }

  static void write(String text) throws IOException {
    Files.writeString(FILE, text);
  }

  static String text() {
    StringBuilder text = new StringBuilder(HEAD);
    char section = 0;
    for (Rule rule : Rules.all()) {
      if (rule.id().charAt(0) != section) {
        section = rule.id().charAt(0);
        text.append("\n## ").append(SECTIONS.get(section)).append('\n');
      }
      append(rule, text);
      if (rule.equals(MsrCondition.R_MSR)) {
        appendTable(text);
      }
    }
    text.append(TLFS);
    for (TlfsRule rule : TlfsRule.values()) {
      text.append("\n### ").append(rule).append(" of tlfs\n\n").append(wrapped("", rule.text())).append('\n');
      if (!rule.kvm().isEmpty()) {
        text.append(wrapped("* Otherwise: ", rule.kvm()));
      }
      text.append(wrapped("* From: ", rule.reference() + "."));
      text.append("* Number: ").append(rule.number()).append(".\n");
    }
    appendChecks(text);
    text.append(SCENARIOS);
    for (ScenarioRule rule : ScenarioRule.values()) {
      text.append("\n### ").append(rule.id()).append("\n\n").append(wrapped("", rule.sentence()))
          .append('\n');
      rule.references(Profile.KVM_6_12)
          .forEach(reference -> text.append(wrapped("* From: ", reference + ".")));
    }
    return text.toString();
  }

  private static void appendChecks(StringBuilder text) {
    text.append(CHECKS);
    @Nullable SdmSection section = null;
    for (EntryCheck check : EntryChecks.bySection()) {
      if (check.section() != section) {
        section = check.section();
        text.append("\n### SDM vol. 3, ").append(section.number()).append(" \"").append(section.title())
            .append("\"\n");
      }
      text.append("\n#### ").append(check.id()).append("\n\n");
      text.append(wrapped("", check.statement())).append('\n');
      String reads = check.reads().stream().map(EntryFact::label).collect(Collectors.joining(", "));
      text.append(wrapped("* Reads: ", reads + "."));
      check.references().forEach(reference -> text.append(wrapped("* From: ", reference + ".")));
      text.append(wrapped("* Made: ", made(check) + "."));
    }
  }

  private static String made(EntryCheck check) {
    List<String> where = new ArrayList<>();
    if (check.isMadeWithEvmcs() && !check.isNeverWithEvmcs()) {
      where.add("with an eVMCS");
    }
    if (check.isMadeWithOrdinaryVmcs()) {
      where.add("with an ordinary VMCS");
    }
    if (check.isMadeOnBareCpu()) {
      where.add("on a bare CPU");
    }
    return where.isEmpty() ? "never: an eVMCS has no such field" : String.join(", ", where);
  }

  private static void append(Rule rule, StringBuilder text) {
    text.append("\n### ").append(rule.id()).append("\n\n");
    text.append(wrapped("", rule.statement())).append('\n');
    text.append(wrapped("* What follows: ", rule.consequence()));
    text.append(
        wrapped(
            "* Reads: ",
            rule.reads().stream().map(Input::text).collect(Collectors.joining("; ")) + "."));
    Departure departure = DepartureRules.departure(rule);
    List<Profile> profiles =
        departure == null ? List.of(Profile.KVM_6_12) : DepartureRules.profiles(departure);
    if (departure != null) {
      text.append("* Holds in: ")
          .append(profiles.stream().map(Profile::id).collect(Collectors.joining(", ")))
          .append(".\n");
    }
    rule.references(profiles.getFirst())
        .forEach(reference -> text.append(wrapped("* From: ", reference + ".")));
    text.append("* Number: ").append(rule.number()).append(".\n");
  }

  private static void appendTable(StringBuilder text) {
    text.append(TABLE);
    for (BasicExitReason reason : BasicExitReason.values()) {
      RoutingTable.Row row = RoutingTable.KVM_6_12.row(reason.number());
      if (!row.equals(RoutingTable.KVM_6_12.row(0xffff))) {
        text.append("| ").append(reason.number()).append(" | ").append(reason).append(" | ")
            .append(answer(row)).append(" |\n");
      }
    }
  }

  private static String answer(RoutingTable.Row row) {
    Rule own = row.own();
    if (own != null) {
      return "by rule " + own.id();
    }
    return switch (row.condition()) {
      case RoutingCondition.Fixed fixed -> fixed.forL1() ? "always" : "never";
      case RoutingCondition.OneControl one -> "with \"" + one.control().title() + "\"";
      case RoutingCondition.EitherControl two ->
        "with \"" + two.first().title() + "\" or \"" + two.second().title() + "\"";
      case RoutingCondition.BothControls two ->
        "with \"" + two.first().title() + "\" and \"" + two.second().title() + "\"";
      case VmcallCondition call -> "unless the L2 TLB flush is eligible (F1 to F5)";
      default -> "by " + inputs(row.condition().reads());
    };
  }

  private static String inputs(List<Input> reads) {
    return reads.stream().map(Input::text).collect(Collectors.joining("; "));
  }

  /** In lines of at most {@link #COLUMNS}, those after the first indented as a list item needs it. */
  private static String wrapped(String bullet, String sentence) {
    String indent = bullet.isEmpty() ? "" : "  ";
    StringBuilder lines = new StringBuilder(bullet);
    int column = bullet.length();
    for (String word : WORDS.splitAsStream(sentence).toList()) {
      if (column + word.length() > COLUMNS) {
        lines.setLength(lines.length() - 1);
        lines.append('\n').append(indent);
        column = indent.length();
      }
      lines.append(word).append(' ');
      column += word.length() + 1;
    }
    lines.setLength(lines.length() - 1);
    return lines.append('\n').toString();
  }
}
