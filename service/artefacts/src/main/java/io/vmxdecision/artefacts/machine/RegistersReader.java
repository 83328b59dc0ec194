package io.vmxdecision.artefacts.machine;

import io.vmxdecision.artefacts.report.Artefact;
import io.vmxdecision.artefacts.report.Kind;
import io.vmxdecision.artefacts.report.Place;
import io.vmxdecision.artefacts.report.Provenance;
import io.vmxdecision.artefacts.report.Reading;
import io.vmxdecision.artefacts.report.Word;
import io.vmxdecision.artefacts.text.Line;
import io.vmxdecision.artefacts.text.TextReader;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the registers that QEMU's {@code info registers}, and its dump after a failed KVM_RUN, print. */
public final class RegistersReader implements TextReader {
  private static final int MOST_FOREIGN_LINES = 40;

  private static final Pattern REGISTER = Pattern.compile(
      "(?<![A-Za-z0-9_])(R(?:AX|BX|CX|DX|SI|DI|BP|SP|IP|FL|8 |9 |1[0-5])=([0-9a-fA-F]{16}|[0-9a-fA-F]{8})"
          + "|E(?:AX|BX|CX|DX|SI|DI|BP|SP|IP|FL)=([0-9a-fA-F]{8}))(?![0-9a-fA-F])");
  private static final Pattern STATE =
      Pattern.compile("(?<![A-Za-z0-9_])(CPL|II|SMM|HLT)=(\\d)(?![0-9])");
  private static final Pattern SYSTEM = Pattern.compile(
      "(?<![A-Za-z0-9_])(CR[0234]|EFER|DR[0-367])=([0-9a-fA-F]{16}|[0-9a-fA-F]{8})(?![0-9a-fA-F])");
  private static final Pattern SEGMENT = Pattern.compile(
      "^(ES|CS|SS|DS|FS|GS|LDT|TR) ?=([0-9a-f]{4}) ([0-9a-f]{16}|[0-9a-f]{8}) ([0-9a-f]{8}) ([0-9a-f]{8})"
          + "(?![0-9a-f])");
  private static final Pattern TABLE =
      Pattern.compile("^(GDT|IDT)= {1,8}([0-9a-f]{16}|[0-9a-f]{8}) ([0-9a-f]{8})(?![0-9a-f])");
  private static final Pattern CODE = Pattern.compile("^Code=([0-9a-f?<> ]{2,400})$");

  private final Consumer<Artefact> found;
  private @Nullable Artefact registers;
  private final Map<String, Long> system = new LinkedHashMap<>();
  private final Set<String> given = new HashSet<>();
  private boolean strong;
  private int foreign;

  /** A reader that hands on what it finds. */
  public RegistersReader(Consumer<Artefact> found) {
    this.found = found;
  }

  @Override
  public boolean take(Line line) {
    String text = line.text().strip();
    boolean any = false;
    if (text.indexOf('=') < 0) {
      if (registers != null && ++foreign > MOST_FOREIGN_LINES) {
        end();
      }
      return false;
    }
    for (Matcher match = REGISTER.matcher(text); match.find();) {
      if (match.end() == text.length() && !line.whole()) {
        continue; // it may have been longer
      }
      String name = match.group(1).substring(0, 3);
      String digits = match.group(2) == null ? match.group(3) : match.group(2);
      put(register(name), Long.parseUnsignedLong(digits, 16), line);
      any = true;
    }
    boolean inDump = any || registers != null;
    for (Matcher match = SYSTEM.matcher(text); inDump && match.find();) {
      if (match.end() < text.length() || line.whole()) {
        system(match.group(1), Long.parseUnsignedLong(match.group(2), 16), line);
        any = true;
      }
    }
    for (Matcher match = STATE.matcher(text); inDump && match.find();) {
      if (match.group(1).equals("CPL")) {
        put("cpl", Long.parseLong(match.group(2)), line);
      } else {
        system(match.group(1), Long.parseLong(match.group(2)), line);
      }
      any = true;
    }
    any |= segment(SEGMENT.matcher(text), line) || table(TABLE.matcher(text), line);
    if (registers != null && CODE.matcher(text).find()) {
      any = true;
    }
    Artefact current = registers;
    if (any && current != null) {
      foreign = 0;
      current.place(Place.ofLines(line.part(), current.place().line(), line.number()));
    } else if (current != null && ++foreign > MOST_FOREIGN_LINES) {
      end();
    }
    return any;
  }

  private boolean segment(Matcher match, Line line) {
    if (!match.find()) {
      return false;
    }
    strong = true;
    String name = match.group(1);
    system(name + " selector", Long.parseLong(match.group(2), 16), line);
    system(name + " base", Long.parseUnsignedLong(match.group(3), 16), line);
    system(name + " limit", Long.parseLong(match.group(4), 16), line);
    system(name + " flags", Long.parseLong(match.group(5), 16), line);
    return true;
  }

  private boolean table(Matcher match, Line line) {
    if (!match.find()) {
      return false;
    }
    strong = true;
    system(match.group(1) + " base", Long.parseUnsignedLong(match.group(2), 16), line);
    system(match.group(1) + " limit", Long.parseLong(match.group(3), 16), line);
    return true;
  }

  /** The name in a snapshot: of {@code EAX} {@code rax}, of {@code RFL} {@code rflags}. */
  private static String register(String name) {
    String lower = name.strip().toLowerCase(Locale.ROOT);
    if (lower.charAt(0) == 'e') {
      lower = "r" + lower.substring(1);
    }
    return lower.equals("rfl") ? "rflags" : lower;
  }

  private void put(String name, long value, Line line) {
    if (given.contains(name)) {
      end(); // the registers of another CPU
    }
    given.add(name);
    Artefact current = begin(line);
    current.registers().put(name, value);
    current.readAt(
        new Provenance("/snapshot/registers/" + name, line.part(), line.number(), line.shown()));
    strong |= current.registers().size() > 1;
  }

  private void system(String name, long value, Line line) {
    begin(line);
    system.putIfAbsent(name, value);
  }

  private Artefact begin(Line line) {
    Artefact current = registers;
    if (current == null) {
      current =
          new Artefact(Kind.QEMU_REGISTERS, Place.ofLines(line.part(), line.number(), line.number()));
      registers = current;
    }
    return current;
  }

  @Override
  public void end() {
    Artefact finished = registers;
    if (finished != null && strong) {
      Reading.Parts parts = Reading.having();
      finished.registers().forEach(parts::word);
      system.forEach(parts::word);
      finished.decode(
          parts.as("registers", "Registers of a vCPU, as QEMU shows them.", "QEMU x86_cpu_dump_state()"));
      Long rip = finished.registers().get("rip");
      Long cs = system.get("CS base");
      finished.summary("Registers of a vCPU" + (rip == null ? "" : ", RIP " + new Word(rip))
          + (cs == null || cs == 0 ? "" : " with CS base " + new Word(cs))
          + (Long.valueOf(1).equals(system.get("SMM")) ? ", in SMM" : "")
          + ". QEMU shows them as it last read them, not the VMCS.");
      found.accept(finished);
    }
    registers = null;
    system.clear();
    given.clear();
    strong = false;
    foreign = 0;
  }
}
