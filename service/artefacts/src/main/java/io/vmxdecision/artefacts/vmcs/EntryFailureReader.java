package io.vmxdecision.artefacts.vmcs;

import io.vmxdecision.artefacts.number.Readings;
import io.vmxdecision.artefacts.report.Artefact;
import io.vmxdecision.artefacts.report.Artefact.ExitWords;
import io.vmxdecision.artefacts.report.Kind;
import io.vmxdecision.artefacts.report.Place;
import io.vmxdecision.artefacts.report.Provenance;
import io.vmxdecision.artefacts.report.Reading;
import io.vmxdecision.artefacts.report.Word;
import io.vmxdecision.artefacts.text.Line;
import io.vmxdecision.artefacts.text.TextReader;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads lines that say that a VM-entry failed: of QEMU, Xen, users of KVM_RUN, and hypervisors' own words. */
public final class EntryFailureReader implements TextReader {
  private static final int FIRST_REASON = 0x100;
  private static final long INVALID_CONTROL = 7;
  private static final long INVALID_HOST_STATE = 8;
  private static final long INVALID_GUEST_STATE = 0x8000_0021L;
  private static final String NUMBER =
      "(?<![0-9a-zA-Z])(0x[0-9a-fA-F]{1,16}|[0-9a-f]{8,16}|-?\\d{1,20})(?![0-9a-zA-Z])";

  private static final List<Pattern> FAILURES = List.of(
      Pattern.compile("entry failed,? hardware error " + NUMBER),
      Pattern.compile("FailEntry\\((?:\\w+: ?)?" + NUMBER),
      Pattern.compile("(?i)\\bfail[ _]entry[ :=,(]{1,4}" + NUMBER),
      Pattern.compile("unhandled exit (8000[0-9a-f]{4})(?![0-9a-zA-Z])"),
      Pattern.compile("hardware_entry_failure_reason\\W{1,6}" + NUMBER),
      Pattern.compile("vmentry failure \\(reason " + NUMBER + "\\)"),
      Pattern
          .compile("(?i)\\b(?:vmlaunch|vmresume|vm[- ]?entry|vmenter|vmx_launch)\\b[^\\n]{0,40}?fail\\w{0,4}"
              + "[^\\n0-9]{0,24}?\\b(?:error|code|reason|err)\\b[ a-z:=#(]{0,16}" + NUMBER),
      Pattern.compile("(?i)\\bfail\\w{0,4} (?:at|in|on|to) (?:do )?(?:vmlaunch|vmresume|vm[- ]?entry)\\b"
          + "[^\\n0-9]{0,24}?\\b(?:error|code|reason|err)\\b[ a-z:=#(]{0,16}" + NUMBER),
      Pattern.compile("(?i)\\b(?:vmlaunch|vmresume) error[ :=#]{1,4}" + NUMBER),
      Pattern.compile("(?i)\\bvm[- ]?instruction[- _]error\\b[ a-z:=#(]{0,12}" + NUMBER));

  /** One of these stands in each line that a pattern matches. */
  private static final List<String> WORDS = List.of("fail", "error", "unhandled exit", "invalid");

  /** A failure that is told in the words of the SDM, without its number. */
  private static final Pattern NAMED = Pattern.compile(
      "(?i)\\bvm[- ]?entry (?:with|failed due to|failure due to|failed because of)(?: an?)? invalid"
          + " (control|host[- ]?state|guest[- ]?state)\\b");

  private static final Pattern XEN_ENTRY = Pattern.compile("MSR (?:loading|entry)[ (a-z]{0,10}(\\d{1,5})");
  private static final Pattern XEN_QUALIFICATION =
      Pattern.compile("\\): Invalid guest state \\((\\d{1,9})\\)");
  private static final Pattern XEN_MSR =
      Pattern.compile("\\bmsr ([0-9a-f]{8}) val ([0-9a-f]{1,16})(?: \\(mbz ([0-9a-f]{1,8})\\))?");

  private final Consumer<Artefact> found;
  private @Nullable Artefact xen;
  private int entry;

  /** A reader that hands on what it finds. */
  public EntryFailureReader(Consumer<Artefact> found) {
    this.found = found;
  }

  @Override
  public boolean take(Line line) {
    if (takeXenMsr(line)) {
      return true;
    }
    if (!line.hasAny(WORDS)) {
      return false;
    }
    String text = line.text();
    for (Pattern failure : FAILURES) {
      Matcher match = failure.matcher(text);
      if (match.find() && (match.end() < text.length() || line.whole() || !match.group(1).startsWith("0x"))) {
        Long value = Readings.parseBare(match.group(1));
        if (value == null) {
          continue;
        }
        end();
        Artefact artefact =
            new Artefact(Kind.ENTRY_FAILURE, Place.ofLines(line.part(), line.number(), line.number()));
        describe(artefact, value, line);
        Matcher qualified = XEN_QUALIFICATION.matcher(text);
        if (qualified.find() && artefact.exit() != null) {
          qualified(artefact, value.intValue(), Long.parseLong(qualified.group(1)));
        }
        Matcher numbered = XEN_ENTRY.matcher(text);
        if (numbered.find()) {
          xen = artefact; // the next line says which MSR
          entry = Integer.parseInt(numbered.group(1)) + 1;
        } else {
          found.accept(artefact);
        }
        return true;
      }
    }
    Matcher named = NAMED.matcher(text);
    if (named.find()) {
      end();
      Artefact artefact =
          new Artefact(Kind.ENTRY_FAILURE, Place.ofLines(line.part(), line.number(), line.number()));
      describe(artefact, switch (Character.toLowerCase(named.group(1).charAt(0))) {
        case 'c' -> INVALID_CONTROL;
        case 'h' -> INVALID_HOST_STATE;
        default -> INVALID_GUEST_STATE;
      }, line);
      found.accept(artefact);
      return true;
    }
    return false;
  }

  /** Xen prints the exit qualification behind the name of the failure. */
  private static void qualified(Artefact artefact, int reason, long qualification) {
    artefact.exit(new ExitWords(reason, qualification, null, null, null));
    artefact.decode(Readings.qualification(reason, qualification));
  }

  private boolean takeXenMsr(Line line) {
    Artefact failure = xen;
    Matcher match = XEN_MSR.matcher(line.text());
    if (failure == null || !match.find()) {
      return false;
    }
    int index = (int) Long.parseLong(match.group(1), 16);
    long value = Long.parseUnsignedLong(match.group(2), 16);
    failure.decode(
        Reading.having().word("index", Integer.toUnsignedLong(index)).with("entry", entry)
            .word("content", value)
            .as("msrLoadEntry",
                "Entry " + entry + " of the VM-entry MSR-load area (counted from 1; Xen counts"
                    + " from 0): MSR " + Readings.msrName(index) + ", value " + new Word(value)
                    + (value << 16 >> 16 == value ? "." : ", which is no canonical address."),
                "SDM vol. 3, 27.4 \"Loading MSRs\"; Xen vmx_vmentry_failure()"));
    failure.place(Place.ofLines(line.part(), failure.place().line(), line.number()));
    end();
    return true;
  }

  @Override
  public void end() {
    Artefact waiting = xen;
    xen = null;
    if (waiting != null) {
      found.accept(waiting);
    }
  }

  private static void describe(Artefact artefact, long value, Line line) {
    if (value == 0) {
      artefact
          .summary("A VM-entry instruction failed, and the VM-instruction error field held 0: no number was"
              + " recorded. So it is with VMfailInvalid (no current VMCS), and where the hypervisor below a nested"
              + " one does not write that field, as with an enlightened VMCS.");
    } else if (value > 0 && value < FIRST_REASON) {
      Reading error = Readings.instructionError((int) value);
      artefact.instructionError((int) value);
      artefact.decode(error);
      artefact.summary("A VM-entry failed with VM-instruction error " + value + ": "
          + (error == null ? "no error has this number." : error.parts().get("name") + "."));
    } else if (value == -1 || value == 0xffff_ffffL) {
      artefact.decode(Readings.svmExit(-1));
      artefact.summary("A VMRUN failed on an AMD CPU: VMEXIT_INVALID. The checks of VMX do not apply.");
      artefact.misses("VMCB", "The number says only that a check of the VMCB failed.",
          "echo Y > /sys/module/kvm_amd/parameters/dump_invalid_vmcb, let it fail again, and look at what dmesg"
              + " has: this service reads no VMCB.");
      return;
    } else {
      Reading reason = Readings.exitReason(value);
      artefact.decode(reason);
      artefact.exit(ExitWords.of((int) value));
      artefact.readAt(new Provenance("/exit/reason", line.part(), line.number(), line.shown()));
      artefact.summary("A VM-entry failed. " + reason.text());
    }
    artefact.misses("VMCS",
        "The number says which family of checks failed, not which field.",
        "modprobe kvm_intel dump_invalid_vmcs=1 (or echo Y > /sys/module/kvm_intel/parameters/"
            + "dump_invalid_vmcs), let it fail again, and add what dmesg has.");
  }
}
