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
import io.vmxdecision.engine.vmx.BasicExitReason;
import io.vmxdecision.engine.vmx.ExitReason;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads "KVM internal error. Suberror: N" and the words of extra data after it. */
public final class SuberrorReader implements TextReader {
  private static final int EMULATION = 1;
  private static final int SIMULTANEOUS = 2;
  private static final int DELIVERY = 3;
  private static final int UNEXPECTED = 4;
  private static final int MOST_LINES = 80;

  private static final Pattern SUBERROR =
      Pattern.compile("(?i)\\bsuberror\\b[ :=]{0,4}(0x[0-9a-f]{1,8}|\\d{1,9})(?![0-9a-z])");
  private static final Pattern DATA =
      Pattern
          .compile("(?i)\\b(?:extra )?data\\[(\\d{1,2})\\] ?[:=]\\s{0,4}(?:0x)?([0-9a-f]{1,16})(?![0-9a-f])");
  private static final Pattern RCX = Pattern.compile("\\b[RE]CX=([0-9a-f]{8,16})(?![0-9a-f])");

  private final Consumer<Artefact> found;
  private @Nullable Artefact error;
  private int number;
  private int lines;
  private @Nullable Long rcx;
  private final TreeMap<Integer, Long> data = new TreeMap<>();

  /** A reader that hands on what it finds. */
  public SuberrorReader(Consumer<Artefact> found) {
    this.found = found;
  }

  @Override
  public boolean take(Line line) {
    Matcher first = SUBERROR.matcher(line.text());
    if (first.find()) {
      Long value = Readings.parse(first.group(1));
      end();
      number = value == null ? 0 : value.intValue();
      error = new Artefact(Kind.NUMBER, Place.ofLines(line.part(), line.number(), line.number()));
      return true;
    }
    Artefact current = error;
    if (current == null) {
      return false;
    }
    if (++lines > MOST_LINES) {
      end();
      return false;
    }
    boolean any = false;
    for (Matcher match = DATA.matcher(line.text()); match.find();) {
      if (match.end() < line.text().length() || line.whole()) {
        data.putIfAbsent(Integer.parseInt(match.group(1)), Long.parseUnsignedLong(match.group(2), 16));
        current.place(Place.ofLines(line.part(), current.place().line(), line.number()));
        if (match.group(1).equals("1") || number == UNEXPECTED) {
          current.readAt(new Provenance("/exit/reason", line.part(), line.number(), line.shown()));
        }
      }
      any = true;
    }
    Matcher register = RCX.matcher(line.text());
    if (rcx == null && register.find()) {
      rcx = Long.parseUnsignedLong(register.group(1), 16);
    }
    return any;
  }

  @Override
  public void end() {
    Artefact finished = error;
    if (finished != null) {
      Reading name = Readings.suberror(number);
      StringBuilder summary =
          new StringBuilder("KVM stopped with an internal error, suberror ").append(number)
              .append(name == null ? "" : " " + name.parts().get("name")).append('.');
      finished.decode(name);
      switch (number) {
        case DELIVERY -> delivery(finished, summary);
        case UNEXPECTED -> reason(finished, data.get(0), summary);
        case SIMULTANEOUS -> {
          decodeEvent(finished, data.get(0), "idtVectoring");
          decodeEvent(finished, data.get(1), "interruptionInfo");
        }
        case EMULATION ->
          summary.append(" KVM could not emulate an instruction: the bytes at RIP say which.");
        default -> summary.append(" KVM has no such suberror that is known here.");
      }
      finished.summary(summary.toString());
      found.accept(finished);
    }
    error = null;
    number = 0;
    lines = 0;
    rcx = null;
    data.clear();
  }

  /** An exit while an event was delivered, of a reason that KVM does not expect then. */
  private void delivery(Artefact artefact, StringBuilder summary) {
    decodeEvent(artefact, data.get(0), "idtVectoring");
    summary.append(
        " The exit came while an event was being delivered to the guest. KVM goes on then only after an"
            + " exception, EPT violation, full page-modification log, APIC access, task switch or notify exit.");
    Long reason = data.get(1);
    reason(artefact, reason, summary);
    Long qualification = data.get(2);
    if (reason != null && qualification != null) {
      int raw = reason.intValue();
      Reading reading = Readings.qualification(raw, qualification);
      if (reading == null) {
        summary.append(' ').append(Readings.undefinedQualification(raw));
      } else {
        artefact.decode(reading);
        artefact.exit(new ExitWords(raw, qualification, null, event(), null));
      }
    }
    if (data.size() > 4) {
      artefact.decode(Reading.having().word("value", data.getOrDefault(3, 0L))
          .as("guestPhysicalAddress", "Guest-physical address " + new Word(data.getOrDefault(3, 0L)) + ".",
              "KVM kvm_prepare_event_vectoring_exit()"));
    }
    if (data.size() > 3) {
      long cpu = data.lastEntry().getValue();
      artefact.decode(Reading.having().with("cpu", (int) cpu)
          .as("lastCpu", "The vCPU last ran on CPU " + cpu + ".", "KVM kvm_prepare_event_vectoring_exit()"));
    }
  }

  private @Nullable Integer event() {
    Long info = data.get(0);
    return info == null ? null : info.intValue();
  }

  private void reason(Artefact artefact, @Nullable Long reason, StringBuilder summary) {
    if (reason == null) {
      return;
    }
    Reading reading = Readings.exitReason(reason);
    artefact.decode(reading);
    artefact.exit(new ExitWords(reason.intValue(), null, null, number == DELIVERY ? event() : null, null));
    summary.append(' ').append(reading.text());
    BasicExitReason basic = BasicExitReason.of(ExitReason.basic(reason.intValue()));
    Long index = rcx;
    if (index != null && (basic == BasicExitReason.MSR_READ || basic == BasicExitReason.MSR_WRITE)) {
      artefact.decode(Readings.msr(index.intValue()));
      summary.append(" RCX names MSR ").append(Readings.msrName(index.intValue())).append('.');
    }
  }

  private static void decodeEvent(Artefact artefact, @Nullable Long info, String as) {
    if (info != null) {
      artefact.decode(Readings.event(info.intValue(), as));
    }
  }
}
