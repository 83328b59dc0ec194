package io.vmxdecision.artefacts.number;

import io.vmxdecision.artefacts.report.Artefact;
import io.vmxdecision.artefacts.report.Artefact.ExitWords;
import io.vmxdecision.artefacts.report.Kind;
import io.vmxdecision.artefacts.report.Place;
import io.vmxdecision.artefacts.report.Provenance;
import io.vmxdecision.artefacts.report.Reading;
import io.vmxdecision.artefacts.report.Word;
import io.vmxdecision.artefacts.text.Line;
import io.vmxdecision.artefacts.text.TextReader;
import io.vmxdecision.engine.hyperv.FlushCode;
import io.vmxdecision.engine.vmx.BasicExitReason;
import io.vmxdecision.engine.vmx.ExitReason;
import io.vmxdecision.engine.vmx.ExitReasonKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads numbers: alone in a line, or where the words before them say what they are. */
public final class NumberReader implements TextReader {
  private static final String NUMBER =
      "(0x[0-9a-fA-F]{1,16}|[0-9a-f]{8,16}(?=\\W|$)|-?\\d{1,20})(?![0-9a-zA-Z])";
  private static final String BETWEEN = "[\"']?[ \\t:=(#]{0,8}(?:is |was |of |value )?";

  private record Words(Pattern pattern, String as, boolean hexadecimal) {}

  private static Words words(String before, String as) {
    return new Words(Pattern.compile("(?i)" + before + BETWEEN + NUMBER), as, false);
  }

  private static final List<Words> NAMED = List.of(
      new Words(
          Pattern.compile("\\bvm(?:read|write) (?:failed|error): (?:field=|reg )([0-9a-f]{1,8})(?![0-9a-z])"),
          "vmcsField", true),
      words("\\b(?:svm|vmcb|amd)[ a-z_-]{0,20}exit[ _-]?(?:code|reason)", "svmExitCode"),
      new Words(Pattern.compile("(?i)\\bexit[ _-]?code" + BETWEEN + "(0x[0-9a-f]{1,16})(?![0-9a-z])"),
          "svmExitCode", false), // a decimal one is a program's
      words("\\b(?:vm[ _-]?)?exit[ _-]?reason", "exitReason"),
      words("\\bhypercall[ _-]?(?:input|control|word)(?:[ _-]value)?", "hypercallInput"),
      words("\\binput value", "hypercallInput"),
      words("\\b(?:hypercall|hv)[ _-]?status", "hypercallStatus"),
      words("\\bhypercall[ _-]?code", "hypercallCode"),
      words("\\bidt[ _-]?vectoring(?:[ _-]info(?:rmation)?)?", "idtVectoring"),
      words("\\b(?:intr|interruption)[ _-]?info(?:rmation)?", "interruptionInfo"),
      words("\\bfailed to (?:set|get) msr", "msr"),
      words("\\b(?:rd|wr)msr(?: of| from| to)?\\(?", "msr"),
      words("\\bvm(?:read|write)(?:[ a-z]{0,10}:)? ?(?:failed: )?(?:of )?field", "vmcsField"),
      words("\\bvmcs[ _-]?field(?: encoding)?", "vmcsField"));

  /** One of these stands in each line that one of {@link #NAMED} matches. */
  private static final List<String> WORDS =
      List.of("exit", "hyper", "hv", "input", "idt", "int", "msr", "vm");

  private static final List<String> RCX = List.of("rcx");
  private static final Pattern QUALIFICATION =
      Pattern.compile("(?i)\\b(?:exit[ _-]?)?qual(?:ification)?\\b[ \\t:=]{0,8}" + NUMBER);

  private static final Pattern OWN_QUALIFICATION =
      Pattern.compile("(?i)\\s{0,40}(?:exit[ _-]?)?qual(?:ification)?\\b[ \\t:=]{0,8}" + NUMBER);

  /** Numbers that mean one thing wherever they stand, if they are exit reasons at all. */
  private static final Pattern DISTINCT =
      Pattern
          .compile("(?<![0-9A-Za-z])(0x(?:ffffffff)?[18]00000[0-9a-fA-F]{2}|-21474836\\d\\d)(?![0-9A-Za-z])");

  /** A status of the hypervisor, as Windows has it in its error messages. */
  private static final Pattern WINDOWS =
      Pattern.compile("(?<![0-9A-Za-z])0[xX]([cC]035[0-9a-fA-F]{4})(?![0-9A-Za-z])");

  private static final Pattern OF_KVM_RUN =
      Pattern.compile("KVM_EXIT_|\\bkvm_run\\b|\\brun(?:->|\\.)exit_reason|\\bKVM: unknown exit reason");
  private static final Pattern UNEXPECTED = Pattern.compile("\\bvmx: unexpected exit reason\\b");
  private static final Pattern INSTRUCTION_ERROR = Pattern.compile("\\berr[= ](\\d{1,2})\\b");

  private static final Pattern CALL = Pattern.compile(
      "(?i)\\brcx ?[=:] ?(?:0x)?([0-9a-f]{1,16})\\b(?=.{0,200}\\b(?:evmcs|nfh|auth|vmcall|hypercall)\\b)");

  private static final Pattern ALONE =
      Pattern.compile("^\\s{0,40}(0x[0-9a-fA-F]{1,16}|-?\\d{1,20})\\s{0,40}$");
  private static final Pattern NAME = Pattern.compile(
      "\\b(EXIT_REASON_[A-Z_0-9]{2,40}|HV_STATUS_[A-Z_]{2,40}|VMEXIT_[A-Z_0-9]{2,30}|KVM_EXIT_[A-Z_0-9]{2,30}"
          + "|HV_X64_MSR_[A-Z_0-9]{2,40}|HvCall[A-Za-z]{4,50}|HV_VMX_SYNTHETIC_EXIT_REASON_TRAP_AFTER_FLUSH)\\b");

  private static final int MOST_LINES_BETWEEN = 4;

  private final Consumer<Artefact> found;
  private @Nullable Artefact waiting;

  /** A reader that hands on what it finds. */
  public NumberReader(Consumer<Artefact> found) {
    this.found = found;
  }

  @Override
  public boolean take(Line line) {
    String text = line.text();
    boolean any = false;
    if (takeQualification(line)) {
      return true;
    }
    Matcher call = CALL.matcher(text);
    if (line.hasAny(RCX) && call.find()) {
      Artefact artefact = artefact(Kind.HYPERCALL, line);
      Reading reading = Readings.hypercallInput(Long.parseUnsignedLong(call.group(1), 16));
      report(artefact, List.of(reading));
      return true;
    }
    for (Words words : line.hasAny(WORDS) ? NAMED : List.<Words>of()) {
      int taken = 0;
      for (Matcher match = words.pattern.matcher(text); taken < 20 && match.find();) {
        Long value =
            words.hexadecimal ? Readings.parse("0x" + match.group(1)) : Readings.parseBare(match.group(1));
        boolean user = words.as.equals("exitReason") && OF_KVM_RUN.matcher(text).find();
        String as = user ? "kvmExit" : words.as;
        Reading reading = value == null ? null : reading(as, value);
        if (reading != null && !(match.end() == text.length() && cut(line, match.group(1)))) {
          named(as, Objects.requireNonNull(value), reading, line);
          any = true;
          taken++;
        }
      }
      if (any) {
        return true;
      }
    }
    Matcher alone = ALONE.matcher(text);
    if (alone.find()) {
      Long value = Readings.parse(alone.group(1));
      if (value != null) {
        number(value, line);
        return true;
      }
    }
    Matcher name = NAME.matcher(text);
    while (name.find()) {
      List<Reading> readings = Readings.ofName(name.group(1));
      if (!readings.isEmpty()) {
        report(artefact(name.group(1).startsWith("HvCall") ? Kind.HYPERCALL : Kind.NUMBER, line), readings);
        any = true;
      }
    }
    Matcher windows = WINDOWS.matcher(text);
    while (!any && windows.find()) {
      Reading status = Readings.windowsStatus((int) Long.parseLong(windows.group(1), 16));
      if (status != null && (windows.end() < text.length() || line.whole())) {
        report(artefact(Kind.HYPERCALL, line), List.of(status));
        any = true;
      }
    }
    if (!any) {
      for (Matcher distinct = DISTINCT.matcher(text); distinct.find();) {
        Long value = Readings.parse(distinct.group(1));
        if (value != null && isDistinct(value.intValue())
            && !(distinct.end() == text.length() && !line.whole())) {
          named("exitReason", value, Readings.exitReason(value), line);
          any = true;
        }
      }
    }
    return any;
  }

  private static boolean isDistinct(int raw) {
    ExitReasonKind kind = ExitReason.kind(raw);
    int basic = ExitReason.basic(raw);
    boolean failure = basic == BasicExitReason.INVALID_STATE.number()
        || basic == BasicExitReason.MSR_LOAD_FAIL.number()
        || basic == BasicExitReason.MCE_DURING_VMENTRY.number();
    return kind == ExitReasonKind.HYPERV_SYNTHETIC
        || (failure && kind.isReportable() && ExitReason.isFailedVmEntry(raw));
  }

  /** What the words before a number call an MSR is one, also if no table has its name. */
  private static @Nullable Reading reading(String as, long value) {
    Reading reading = Readings.as(as, value);
    return reading == null && as.equals("msr") && value == (value & 0xffff_ffffL)
        ? Reading.having().word("value", value)
            .as("msr", "MSR " + Readings.msrName((int) value) + ", of which no table here has the name.",
                "SDM vol. 4")
        : reading;
  }

  /** A long word in hexadecimal at the end of a text that was cut off may have been longer. */
  private static boolean cut(Line line, String digits) {
    return !line.whole() && line.number() > 1 && digits.startsWith("0x0");
  }

  private void named(String as, long value, Reading reading, Line line) {
    Artefact artefact = artefact(as.startsWith("hypercall") ? Kind.HYPERCALL : Kind.NUMBER, line);
    List<Reading> readings = new ArrayList<>(List.of(reading));
    if (as.equals("exitReason")) {
      artefact.exit(ExitWords.of((int) value));
      artefact.readAt(new Provenance("/exit/reason", line.part(), line.number(), line.shown()));
      qualification(artefact, (int) value, line, readings);
    }
    if (as.equals("vmcsField")) {
      Matcher error = INSTRUCTION_ERROR.matcher(line.text());
      Long number = error.find() ? Readings.parse(error.group(1)) : null;
      if (number != null) {
        artefact.instructionError(number.intValue());
        Reading why = Readings.instructionError(number.intValue());
        if (why != null) {
          readings.add(why);
        }
      }
    }
    report(artefact, readings);
    if (UNEXPECTED.matcher(line.text()).find()) {
      artefact.summary(artefact.summary() + " KVM says that it has no handler for it.");
      artefact.misses("VMCS", "The message has the reason alone.",
          "modprobe kvm_intel dump_invalid_vmcs=1 (or echo Y > /sys/module/kvm_intel/parameters/"
              + "dump_invalid_vmcs), let it happen again, and add what dmesg has.");
    }
  }

  private static void qualification(Artefact artefact, int reason, Line line, List<Reading> readings) {
    Matcher match = QUALIFICATION.matcher(line.text());
    Long value = match.find() ? Readings.parseBare(match.group(1)) : null;
    if (value != null) {
      artefact.exit(new ExitWords(reason, value, null, null, null));
      Reading reading = Readings.qualification(reason, value);
      if (reading != null) {
        readings.add(reading);
      }
    }
  }

  private void number(long value, Line line) {
    List<Reading> readings = Readings.of(value);
    boolean call = !readings.isEmpty() && readings.getFirst().as().equals("hypercallInput");
    Artefact artefact = artefact(call ? Kind.HYPERCALL : Kind.NUMBER, line);
    int raw = (int) value;
    boolean reason = !readings.isEmpty() && readings.getFirst().as().equals("exitReason")
        && ExitReason.kind(raw) != ExitReasonKind.IMPOSSIBLE;
    if (reason) {
      artefact.exit(ExitWords.of(raw));
      artefact.readAt(new Provenance("/exit/reason", line.part(), line.number(), line.shown()));
    }
    report(artefact, readings);
  }

  private static Artefact artefact(Kind kind, Line line) {
    return new Artefact(kind, Place.ofLines(line.part(), line.number(), line.number()));
  }

  /** Some print the qualification a line or so after the reason. */
  private boolean takeQualification(Line line) {
    Artefact artefact = waiting;
    if (artefact == null) {
      return false;
    }
    long last = artefact.place().line() + MOST_LINES_BETWEEN;
    Matcher match = OWN_QUALIFICATION.matcher(line.text());
    Long value =
        line.number() <= last && match.lookingAt() && (match.end() < line.text().length() || line.whole())
            ? Readings.parseBare(match.group(1))
            : null;
    if (value == null) {
      if (line.number() >= last) {
        end();
      }
      return false;
    }
    int reason = Objects.requireNonNull(artefact.exit()).reason();
    artefact.exit(new ExitWords(reason, value, null, null, null));
    artefact.readAt(new Provenance("/exit/qualification", line.part(), line.number(), line.shown()));
    artefact.decode(Readings.qualification(reason, value));
    artefact.place(Place.ofLines(line.part(), artefact.place().line(), line.number()));
    end();
    return true;
  }

  private void report(Artefact artefact, List<Reading> readings) {
    end();
    artefact.decode(readings);
    artefact.summary(readings.isEmpty()
        ? "A number that no table has."
        : readings.getFirst().text()
            + (artefact.kind() == Kind.HYPERCALL ? ofL2(readings.getFirst()) : "")
            + (readings.size() == 1
                ? ""
                : " It has " + (readings.size() - 1)
                    + (readings.size() == 2 ? " more reading." : " more readings.")));
    ExitWords exit = artefact.exit();
    if (exit != null && exit.qualification() == null) {
      waiting = artefact;
    } else {
      found.accept(artefact);
    }
  }

  /** Who gets the hypercall if L2 makes it: the calls that L0 may take are few. */
  private static String ofL2(Reading reading) {
    if (!reading.as().equals("hypercallInput")) {
      return "";
    }
    return reading.parts().get("code") instanceof Word code && FlushCode.of((int) code.value()) != null
        ? " From L2 it is L0's if the L2 TLB flush is on, else L1's."
        : " From L2 it is L1's: L0 takes calls that flush the TLB, and no others.";
  }

  @Override
  public void end() {
    Artefact finished = waiting;
    waiting = null;
    if (finished != null) {
      found.accept(finished);
    }
  }
}
