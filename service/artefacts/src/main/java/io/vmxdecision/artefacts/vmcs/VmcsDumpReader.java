package io.vmxdecision.artefacts.vmcs;

import io.vmxdecision.artefacts.number.Readings;
import io.vmxdecision.artefacts.report.Artefact;
import io.vmxdecision.artefacts.report.Artefact.ExitWords;
import io.vmxdecision.artefacts.report.Artefact.Verdict;
import io.vmxdecision.artefacts.report.Kind;
import io.vmxdecision.artefacts.report.Place;
import io.vmxdecision.artefacts.report.Provenance;
import io.vmxdecision.artefacts.report.Reading;
import io.vmxdecision.artefacts.report.Word;
import io.vmxdecision.artefacts.text.Line;
import io.vmxdecision.artefacts.text.TextReader;
import io.vmxdecision.engine.entry.Capability;
import io.vmxdecision.engine.entry.EntryProfile;
import io.vmxdecision.engine.entry.VmcsField;
import io.vmxdecision.engine.vmx.EvmcsField;
import io.vmxdecision.engine.vmx.ExitReason;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads what {@code dump_vmcs()} of KVM and {@code vmcs_dump_vcpu()} of Xen print, in all generations.
 *
 * <p>It looks for keys, wherever in a line they stand, so that lines may be wrapped or trimmed. Both print
 * values with a fixed number of digits: a value with fewer at the end of a line was cut there. Its other
 * digits are taken from the start of the next line, or it is not taken at all.
 */
public final class VmcsDumpReader implements TextReader {
  private static final int MOST_FOREIGN_LINES = 400;
  private static final int MOST_CARRIED = 160;

  private enum Section {
    GUEST,
    HOST,
    CONTROL
  }

  /** Keys whose values a dump has in its guest and in its host section. */
  private static final Map<String, VmcsField> HOST_TWINS = Map.of(
      "guest_sysenter_esp", VmcsField.HOST_IA32_SYSENTER_ESP,
      "guest_sysenter_eip", VmcsField.HOST_IA32_SYSENTER_EIP,
      "guest_sysenter_cs", VmcsField.HOST_IA32_SYSENTER_CS,
      "guest_ia32_efer", VmcsField.HOST_IA32_EFER,
      "guest_ia32_pat", VmcsField.HOST_IA32_PAT,
      "guest_ia32_perf_global_ctrl", VmcsField.HOST_IA32_PERF_GLOBAL_CTRL,
      "guest_ia32_s_cet", VmcsField.HOST_IA32_S_CET,
      "guest_ssp", VmcsField.HOST_SSP,
      "guest_ia32_int_ssp_table_addr", VmcsField.HOST_IA32_INT_SSP_TABLE_ADDR);

  private static final Set<VmcsField> CET = Set.of(
      VmcsField.GUEST_IA32_S_CET, VmcsField.GUEST_SSP, VmcsField.GUEST_IA32_INT_SSP_TABLE_ADDR);

  /**
   * A key: its literal text, the digits of its value, and the field; or null where the value belongs to no
   * field that a check reads, or depends on what stood before.
   */
  private record Key(String literal, int digits, @Nullable VmcsField field) {}

  private static final List<Key> KEYS = new ArrayList<>();
  private static final Map<String, Key> BY_LITERAL = new HashMap<>();

  private static void key(String literal, int digits, @Nullable VmcsField field) {
    Key key = new Key(literal, digits, field);
    KEYS.add(key);
    BY_LITERAL.put(plain(literal), key);
  }

  static {
    key("actual=", 16, null);
    key("shadow=", 16, null);
    key("gh_mask=", 16, null);
    key("sel=", 4, null);
    key("attr=", 5, null);
    key("limit=", 8, null);
    key("base=", 16, null);
    key("CR3 =", 16, VmcsField.GUEST_CR3);
    for (int i = 0; i < 4; i++) {
      VmcsField field = VmcsField.valueOf("GUEST_PDPTR" + i);
      key("PDPTR" + i + " =", 16, field);
      key("PDPTE" + i + " =", 16, field);
    }
    key("RSP =", 16, VmcsField.GUEST_RSP);
    key("RIP =", 16, VmcsField.GUEST_RIP);
    key("RFLAGS=", 8, VmcsField.GUEST_RFLAGS);
    key("DR7 =", 16, VmcsField.GUEST_DR7);
    key("Sysenter RSP=", 16, VmcsField.GUEST_SYSENTER_ESP);
    key("CS:RIP=", 4, VmcsField.GUEST_SYSENTER_CS);
    key("EFER=", 16, VmcsField.GUEST_IA32_EFER);
    key("EFER =", 16, VmcsField.GUEST_IA32_EFER);
    key("EFER(VMCS) =", 16, VmcsField.GUEST_IA32_EFER);
    key("EFER(MSR LL) =", 16, null);
    key("Guest PAT =", 16, VmcsField.GUEST_IA32_PAT);
    key("Host PAT =", 16, VmcsField.HOST_IA32_PAT);
    key("PAT =", 16, VmcsField.GUEST_IA32_PAT);
    key("DebugCtl =", 16, VmcsField.GUEST_IA32_DEBUGCTL);
    key("DebugExceptions =", 16, VmcsField.GUEST_PENDING_DBG_EXCEPTIONS);
    key("PerfGlobCtl =", 16, VmcsField.GUEST_IA32_PERF_GLOBAL_CTRL);
    key("BndCfgS =", 16, VmcsField.GUEST_BNDCFGS);
    key("Interruptibility =", 8, VmcsField.GUEST_INTERRUPTIBILITY_INFO);
    key("Interruptibility=", 4, VmcsField.GUEST_INTERRUPTIBILITY_INFO);
    key("ActivityState =", 8, VmcsField.GUEST_ACTIVITY_STATE);
    key("ActivityState=", 4, VmcsField.GUEST_ACTIVITY_STATE);
    key("InterruptStatus =", 4, null);
    key("S_CET =", 16, VmcsField.GUEST_IA32_S_CET);
    key("SSP =", 16, VmcsField.GUEST_SSP);
    key("SSP TABLE =", 16, VmcsField.GUEST_IA32_INT_SSP_TABLE_ADDR);
    for (String segment : List.of("CS", "SS", "DS", "ES", "FS", "GS", "TR")) {
      key(segment + "=", 4, VmcsField.valueOf("HOST_" + segment + "_SELECTOR"));
    }
    key("FSBase=", 16, VmcsField.HOST_FS_BASE);
    key("GSBase=", 16, VmcsField.HOST_GS_BASE);
    key("TRBase=", 16, VmcsField.HOST_TR_BASE);
    key("GDTBase=", 16, VmcsField.HOST_GDTR_BASE);
    key("IDTBase=", 16, VmcsField.HOST_IDTR_BASE);
    key("CR0=", 16, VmcsField.HOST_CR0);
    key("CR3=", 16, VmcsField.HOST_CR3);
    key("CR4=", 16, VmcsField.HOST_CR4);
    key("PinBased=", 8, VmcsField.PIN_BASED_VM_EXEC_CONTROL);
    key("CPUBased=", 8, VmcsField.CPU_BASED_VM_EXEC_CONTROL);
    key("SecondaryExec=", 8, VmcsField.SECONDARY_VM_EXEC_CONTROL);
    key("TertiaryExec=", 16, VmcsField.TERTIARY_VM_EXEC_CONTROL);
    key("EntryControls=", 8, VmcsField.VM_ENTRY_CONTROLS);
    key("ExitControls=", 8, VmcsField.VM_EXIT_CONTROLS);
    key("ExceptionBitmap=", 8, VmcsField.EXCEPTION_BITMAP);
    key("PFECmask=", 8, VmcsField.PAGE_FAULT_ERROR_CODE_MASK);
    key("PFECmatch=", 8, VmcsField.PAGE_FAULT_ERROR_CODE_MATCH);
    key("intr_info=", 8, null);
    key("info=", 8, null);
    key("errcode=", 8, null);
    key("ilen=", 8, null);
    key("reason=", 8, VmcsField.VM_EXIT_REASON);
    key("qualification=", 16, VmcsField.EXIT_QUALIFICATION);
    key("TSC Offset =", 16, VmcsField.TSC_OFFSET);
    key("TSC Multiplier =", 16, VmcsField.TSC_MULTIPLIER);
    key("TPR Threshold =", 2, VmcsField.TPR_THRESHOLD);
    key("APIC-access addr =", 16, VmcsField.APIC_ACCESS_ADDR);
    key("virt-APIC addr =", 16, VmcsField.VIRTUAL_APIC_PAGE_ADDR);
    key("PostedIntrVec =", 2, VmcsField.POSTED_INTR_NV);
    key("EPT pointer =", 16, VmcsField.EPT_POINTER);
    key("Virtual processor ID =", 4, VmcsField.VIRTUAL_PROCESSOR_ID);
    key("VMfunc controls =", 16, VmcsField.VM_FUNCTION_CONTROL);
    key("VE info address =", 16, VmcsField.VE_INFORMATION_ADDRESS);
  }

  /** What sets the context of the keys after it. */
  private static final List<String> HEADERS = List.of(
      "CR0:", "CR3:", "CR4:", "ES:", "CS:", "SS:", "DS:", "FS:", "GS:", "LDTR:", "TR:", "GDTR:", "IDTR:",
      "VMEntry:", "VMExit:", "IDTVectoring:", "*** Guest State ***", "*** Host State ***",
      "*** Control State ***", "last attempted VM-entry");

  private static final Set<String> SEGMENTS =
      Set.of("ES", "CS", "SS", "DS", "FS", "GS", "LDTR", "TR", "GDTR", "IDTR");

  /** Keys that other texts have, too: alone they make no dump. */
  private static final Set<String> WEAK = Set.of(
      "reason=", "qualification=", "info=", "errcode=", "base=", "limit=", "CR3 =", "RSP =", "RIP =",
      "RFLAGS=",
      "DR7 =", "EFER=", "EFER =", "PAT =", "SSP =", "actual=", "shadow=", "CR0=", "CR3=", "CR4=", "CS=",
      "SS=",
      "DS=", "ES=", "FS=", "GS=", "TR=", "CS:RIP=", "intr_info=", "sel=");

  private static final Pattern TOKEN = Pattern.compile(
      "(?<![A-Za-z0-9_])(?=[A-Za-z*])(?:"
          + java.util.stream.Stream.concat(KEYS.stream().map(Key::literal), HEADERS.stream())
              .sorted((one, other) -> other.length() - one.length())
              .map(VmcsDumpReader::quoted)
              .collect(Collectors.joining("|"))
          + ")");

  private static final Pattern VALUE =
      Pattern.compile(
          "[ \\t\\n]{0,8}(0x)?([0-9a-fA-F]{1,16})(?![0-9a-fA-Fx])(?:\\n([0-9a-fA-F]{1,15})(?![\\w=:]))?");

  private static final Pattern COLUMNS = Pattern.compile(
      "[ \\t\\n]{1,32}(?:([0-9a-fA-F]{4})[ \\n]+([0-9a-fA-F]{5})[ \\n]+)?([0-9a-fA-F]{8})[ \\n]+([0-9a-fA-F]{16})"
          + "(?![0-9a-fA-F])");

  private static final Pattern PROCESSOR = Pattern.compile("last attempted VM-entry on CPU (\\d{1,5})");
  private static final Pattern LIST_LINE = Pattern.compile(
      "(?<![0-9A-Za-z_.,])(?:0x)?([0-9a-fA-F]{4,8})\\s+([A-Za-z][A-Za-z0-9_ .()/-]{2,60}?)\\s*[:=]\\s*(?:0x)?([0-9a-fA-F]{1,16})\\s*$");
  private static final Pattern NAME_LINE = Pattern.compile(
      "(?:^|[\\s#])([A-Za-z][A-Za-z0-9_]{3,60})\\s*[:=]\\s*0x([0-9a-fA-F]{1,16})\\s*,?\\s*$");
  private static final Pattern VMREAD =
      Pattern.compile("(?i)vmread\\((?:0x)?([0-9a-f]{1,8})\\)\\s*[:=]+\\s*0x([0-9a-f]{1,16})(?![0-9a-f])");

  /** Lines of a dump that hold no field that a check reads. */
  private static final Pattern DECORATION = Pattern.compile(
      "^\\s*(?:\\*{4,}|sel +attr +limit +base\\s*$|PreemptionTimer = |PLE Gap=|MSR (?:guest|host) autoload:"
          + "|(?:MSR )?autostore:|\\d{1,4}: msr=0x)");

  /** What a line has at least of which a dump begins. */
  private static final Pattern BEGINS =
      Pattern.compile("[=:] ?(?:0x)?[0-9a-fA-F]{2}|[=:]\\s*$|[a-z]=|\\*\\*\\*|last att|[A-Z]{2}:");

  private final Consumer<Artefact> found;

  private @Nullable Artefact dump;
  private boolean strong;
  private Section section = Section.GUEST;
  private String register = "";
  private String segment = "";
  private String event = "";
  private @Nullable Long pendingRip;
  private boolean hostControlRegisters;
  private final Set<String> given = new HashSet<>();
  private String carried = "";
  private @Nullable String processor;
  private @Nullable Long effectiveEfer;
  private long lastLine;
  private long foreign;

  /** A reader that hands on what it finds. */
  public VmcsDumpReader(Consumer<Artefact> found) {
    this.found = found;
  }

  private static String plain(String literal) {
    return literal.replaceAll("\\s+", " ");
  }

  private static String quoted(String literal) {
    return java.util.Arrays.stream(literal.split(" ", -1))
        .map(Pattern::quote)
        .collect(Collectors.joining("[ \\n]{1,3}"));
  }

  @Override
  public boolean take(Line line) {
    boolean mine = takeList(line);
    boolean begins = dump != null || BEGINS.matcher(line.text()).find();
    if (!begins && carried.isEmpty()) {
      return mine; // most lines of other texts end here
    }
    String text = carried.isEmpty() ? line.text() : carried + "\n" + line.text();
    int joined = carried.isEmpty() ? 0 : carried.length() + 1;
    carried = "";
    int at = 0;
    Matcher token = TOKEN.matcher(text);
    while (at <= text.length() && token.find(at)) {
      String literal = plain(token.group().replace('\n', ' '));
      Key key = BY_LITERAL.get(literal);
      int end;
      if (key == null) {
        header(literal, line);
        end = columns(text, token.end(), line);
        mine |= end > token.end() || literal.startsWith("***") || literal.startsWith("last");
      } else {
        end = value(key, text, token, line);
        if (end < 0) { // the line ends in the value, or before it
          carry(text, token.start(), line);
          lastLine = dump == null ? lastLine : line.number();
          return mine || dump != null;
        }
        mine |= end > token.end();
      }
      at = end;
    }
    if (at < text.length() && begins) {
      carry(text, Math.max(at, Math.max(joined, text.length() - MOST_CARRIED)), line);
    }
    if (mine) {
      lastLine = line.number();
      foreign = 0;
    } else if (dump != null && ++foreign > MOST_FOREIGN_LINES) {
      finish();
    }
    return mine;
  }

  /** A value or a key may go on in the next line. */
  private void carry(String text, int from, Line line) {
    String rest = text.substring(from);
    carried = line.whole() && rest.length() <= MOST_CARRIED && !rest.isBlank() ? rest : "";
  }

  private boolean takeList(Line line) {
    String text = line.text();
    VmcsField field = null;
    String digits = "";
    if (text.indexOf('=') < 0 && text.indexOf(':') < 0) {
      return isDecoration(text);
    }
    Matcher list = LIST_LINE.matcher(text);
    Matcher read = VMREAD.matcher(text);
    Matcher named = NAME_LINE.matcher(text);
    if (endsInDigit(text) && list.find()) {
      field = named(VmcsField.ofEncoding((int) Long.parseLong(list.group(1), 16)), list.group(2));
      digits = list.group(3);
    } else if (text.indexOf('(') >= 0 && read.find()) {
      field = VmcsField.ofEncoding((int) Long.parseLong(read.group(1), 16));
      digits = read.group(2);
    } else if (text.contains("0x") && named.find()) {
      field = VmcsNames.field(named.group(1));
      if (dump == null && (field == VmcsField.VM_EXIT_REASON || field == VmcsField.EXIT_QUALIFICATION)) {
        field = null; // a number in a sentence
      }
      digits = named.group(2);
    }
    if (field == null || !line.whole()) {
      return isDecoration(text);
    }
    if (dump != null && dump.fields().containsKey(field)) {
      finish();
    }
    put(field, Long.parseUnsignedLong(digits, 16), line);
    strong = true;
    lastLine = line.number();
    return true;
  }

  private boolean isDecoration(String text) {
    return (dump != null || text.contains("* VMCS Area *")) && DECORATION.matcher(text).find();
  }

  private static boolean endsInDigit(String text) {
    int last = text.length() - 1;
    while (last >= 0 && Character.isWhitespace(text.charAt(last))) {
      last--;
    }
    return last >= 0 && Character.digit(text.charAt(last), 16) >= 0;
  }

  /** The field, if the name beside its encoding has a word of its name; else they are other numbers. */
  private static @Nullable VmcsField named(@Nullable VmcsField field, String name) {
    if (field == null) {
      return null;
    }
    String words = name.toLowerCase(Locale.ROOT);
    if (field == VmcsField.VIRTUAL_PROCESSOR_ID && words.contains("vpid")) {
      return field;
    }
    for (String word : field.linuxName().split("_", -1)) {
      if (word.length() > 2 && words.contains(word)) {
        return field;
      }
    }
    return null;
  }

  private void header(String literal, Line line) {
    Matcher cpu = PROCESSOR.matcher(line.text());
    switch (literal) {
      case "*** Guest State ***" -> {
        if (dump != null && section != Section.GUEST) {
          finish();
        }
        section(Section.GUEST);
        begin(line);
      }
      case "*** Host State ***" -> section(Section.HOST);
      case "*** Control State ***" -> section(Section.CONTROL);
      case "last attempted VM-entry" -> {
        if (strong) {
          finish();
        }
        processor = cpu.find() ? cpu.group(1) : null;
        begin(line);
      }
      case "VMEntry:", "VMExit:", "IDTVectoring:" -> {
        event = literal;
        flushRip();
      }
      case "CR0:", "CR3:", "CR4:" -> {
        register = literal.substring(0, 3);
        segment = "";
        if (given.contains(register + "actual=")) {
          finish();
          register = literal.substring(0, 3);
        }
      }
      default -> {
        segment = literal.substring(0, literal.length() - 1);
        register = "";
        if (given.contains(segment + "limit=") || given.contains(segment + "sel=")) {
          finish();
          segment = literal.substring(0, literal.length() - 1);
        }
      }
    }
  }

  private void section(Section next) {
    flushRip();
    section = next;
    event = "";
    segment = "";
    register = "";
  }

  /** Xen prints a segment in columns. */
  private int columns(String text, int from, Line line) {
    if (!SEGMENTS.contains(segment)) {
      return from;
    }
    Matcher columns = COLUMNS.matcher(text).region(from, text.length());
    if (!columns.lookingAt() || (columns.group(1) == null && !segment.endsWith("DTR"))) {
      return from;
    }
    if (columns.group(1) != null) {
      segment("sel=", hex(columns.group(1)), line);
      segment("attr=", hex(columns.group(2)), line);
    }
    segment("limit=", hex(columns.group(3)), line);
    segment("base=", hex(columns.group(4)), line);
    strong = true;
    return columns.end();
  }

  private static long hex(String digits) {
    return Long.parseUnsignedLong(digits, 16);
  }

  /** Takes the value after a key: where it ends, or -1 when the line ends before the value is whole. */
  private int value(Key key, String text, Matcher token, Line line) {
    Matcher match = VALUE.matcher(text).region(token.end(), text.length());
    if (!match.lookingAt()) {
      boolean open = text.substring(token.end()).isBlank();
      return open && line.whole() ? -1 : token.end();
    }
    String digits = match.group(2);
    String rest = match.group(3);
    int end = match.end(2);
    if (digits.length() < key.digits() && rest != null) {
      if (digits.length() + rest.length() != key.digits()) {
        return end; // cut, and the rest is not there
      }
      digits += rest;
      end = match.end(3);
    } else if (digits.length() < key.digits()) {
      if (end == text.length()) {
        return line.whole() && !text.substring(token.start()).contains("\n") ? -1 : end;
      }
      if (text.charAt(end) == '\n' || (digits.length() > 1 && digits.charAt(0) == '0')) {
        return end; // cut
      }
    }
    boolean prefixed = match.group(1) != null;
    if (key.literal().startsWith("EFER")) {
      boolean last = text.substring(end).isBlank();
      if (!prefixed || (last && !line.whole())) {
        return end; // a register of QEMU, or what follows is cut off
      }
      if (last && !line.text().isBlank()) {
        return -1; // the next line may say "(effective)"
      }
    }
    take(key, hex(digits), prefixed, text, end, line);
    return end;
  }

  private void take(Key key, long value, boolean prefixed, String text, int end, Line line) {
    String literal = key.literal();
    if (!literal.equals("RSP =")) {
      flushRip();
    }
    if (!literal.equals("CR3=") && !literal.equals("CR4=")) {
      hostControlRegisters = literal.equals("CR0=");
    }
    switch (literal) {
      case "actual=", "shadow=", "gh_mask=" -> controlRegister(literal, value, line);
      case "sel=", "attr=", "limit=", "base=" -> segment(literal, value, line);
      case "RSP =" -> {
        if (pendingRip != null) {
          section = Section.HOST;
          put(VmcsField.HOST_RIP, pendingRip, line);
          pendingRip = null;
        }
        put(section == Section.HOST ? VmcsField.HOST_RSP : VmcsField.GUEST_RSP, value, line);
      }
      case "RIP =" -> {
        pendingRip = value; // a dump has the host's before RSP, the guest's after it
      }
      case "CS:RIP=" -> {
        put(twin(VmcsField.GUEST_SYSENTER_CS), value, line);
        Matcher rip = Pattern.compile(":([0-9a-fA-F]{16})").matcher(text).region(end, text.length());
        if (rip.lookingAt()) {
          put(twin(VmcsField.GUEST_SYSENTER_EIP), hex(rip.group(1)), line);
        }
      }
      case "intr_info=", "info=", "errcode=", "ilen=" -> event(literal, value, line);
      case "EFER=", "EFER =", "EFER(VMCS) =" -> {
        if (text.substring(end).stripLeading().startsWith("(")) { // "(effective)" or "(autoload)"
          effectiveEfer = value; // not what the field holds
          begin(line);
        } else {
          put(twin(VmcsField.GUEST_IA32_EFER), value, line);
        }
      }
      case "CS=", "SS=", "DS=", "ES=", "FS=", "GS=", "TR=" -> {
        if (!prefixed && dump != null && key.field() != null) {
          section = Section.HOST;
          put(key.field(), value, line);
        }
      }
      case "CR0=", "CR3=", "CR4=" -> {
        if (key.field() != null && hostControlRegisters) {
          put(key.field(), value, line);
        }
      }
      default -> {
        if (key.field() != null) {
          if (literal.endsWith("Controls=") || literal.endsWith("Based=")) {
            section = Section.CONTROL;
          }
          put(twin(key.field()), value, line);
        } else {
          begin(line);
        }
      }
    }
    strong |= !WEAK.contains(literal);
  }

  /** The same value of the host, in its section; the first kernels with CET print the host's at the end. */
  private VmcsField twin(VmcsField field) {
    boolean atEnd = section == Section.CONTROL && CET.contains(field);
    VmcsField host = section == Section.HOST || atEnd ? HOST_TWINS.get(field.linuxName()) : null;
    return host == null ? field : host;
  }

  private void flushRip() {
    if (pendingRip != null && dump != null) {
      VmcsField field = section == Section.HOST ? VmcsField.HOST_RIP : VmcsField.GUEST_RIP;
      dump.fields().putIfAbsent(field, pendingRip);
    }
    pendingRip = null;
  }

  private void controlRegister(String literal, long value, Line line) {
    if (register.isEmpty() || (register.equals("CR3") && !literal.equals("actual="))) {
      return;
    }
    if (!given.add(register + literal)) {
      given.remove(register + literal);
      register = ""; // the header of another register is not there
      return;
    }
    String name = switch (literal) {
      case "actual=" -> "GUEST_" + register;
      case "shadow=" -> register + "_READ_SHADOW";
      default -> register + "_GUEST_HOST_MASK";
    };
    put(VmcsField.valueOf(name), value, line);
  }

  private void segment(String literal, long value, Line line) {
    if (segment.isEmpty()) {
      return;
    }
    boolean table = segment.equals("GDTR") || segment.equals("IDTR");
    if ((table && (literal.equals("sel=") || literal.equals("attr="))) || given.contains(segment + literal)) {
      segment = ""; // the header of another segment is not there
      return;
    }
    String name = "GUEST_" + segment + switch (literal) {
      case "sel=" -> "_SELECTOR";
      case "attr=" -> "_AR_BYTES";
      case "limit=" -> "_LIMIT";
      default -> "_BASE";
    };
    put(VmcsField.valueOf(name), value, line);
    given.add(segment + literal);
  }

  private void event(String literal, long value, Line line) {
    VmcsField field = switch (event + literal) {
      case "VMEntry:intr_info=" -> VmcsField.VM_ENTRY_INTR_INFO_FIELD;
      case "VMEntry:errcode=" -> VmcsField.VM_ENTRY_EXCEPTION_ERROR_CODE;
      case "VMEntry:ilen=" -> VmcsField.VM_ENTRY_INSTRUCTION_LEN;
      case "VMExit:intr_info=" -> VmcsField.VM_EXIT_INTR_INFO;
      case "VMExit:errcode=" -> VmcsField.VM_EXIT_INTR_ERROR_CODE;
      case "VMExit:ilen=" -> VmcsField.VM_EXIT_INSTRUCTION_LEN;
      case "IDTVectoring:info=" -> VmcsField.IDT_VECTORING_INFO_FIELD;
      case "IDTVectoring:errcode=" -> VmcsField.IDT_VECTORING_ERROR_CODE;
      default -> null;
    };
    if (field != null && (dump == null || !dump.fields().containsKey(field))) {
      put(field, value, line);
      strong = true;
    } else if (field != null) {
      event = ""; // the header of another event is not there
    }
  }

  private Artefact begin(Line line) {
    Artefact current = dump;
    if (current == null) {
      current = new Artefact(Kind.VMCS_DUMP, Place.ofLines(line.part(), line.number(), line.number()));
      dump = current;
    }
    return current;
  }

  private void put(VmcsField field, long value, Line line) {
    Artefact current = dump;
    if (current != null && current.fields().containsKey(field) && current.fields().size() > 1) {
      Section now = section;
      String keptEvent = event;
      finish();
      section = now;
      event = keptEvent;
    }
    current = begin(line);
    current.fields().put(field, value & field.mask());
    current.readAt(
        new Provenance("/snapshot/vmcsFields/" + field.linuxName(), line.part(), line.number(),
            line.shown()));
  }

  @Override
  public void end() {
    finish();
    carried = "";
  }

  private void finish() {
    flushRip();
    Artefact finished = dump;
    if (finished != null && strong && !finished.fields().isEmpty()) {
      describe(finished);
      found.accept(finished);
    }
    dump = null;
    strong = false;
    section = Section.GUEST;
    register = "";
    segment = "";
    event = "";
    hostControlRegisters = false;
    given.clear();
    processor = null;
    effectiveEfer = null;
    foreign = 0;
  }

  private void describe(Artefact artefact) {
    artefact.place(Place.ofLines(artefact.place().part(), artefact.place().line(), lastLine));
    Map<VmcsField, Long> fields = artefact.fields();
    StringBuilder summary =
        new StringBuilder("A dump of a VMCS with ").append(fields.size()).append(" fields");
    if (processor != null) {
      summary.append(", last entered on CPU ").append(processor);
    }
    summary.append('.');
    Long reason = fields.get(VmcsField.VM_EXIT_REASON);
    Long qualification = fields.get(VmcsField.EXIT_QUALIFICATION);
    Long error = fields.get(VmcsField.VM_INSTRUCTION_ERROR);
    if (reason != null) {
      int raw = reason.intValue();
      Reading reading = Readings.exitReason(reason);
      artefact.decode(reading);
      summary.append(' ').append(reading.text());
      artefact.exit(
          new ExitWords(
              raw,
              qualification,
              word(fields.get(VmcsField.VM_EXIT_INTR_INFO)),
              word(fields.get(VmcsField.IDT_VECTORING_INFO_FIELD)),
              word(fields.get(VmcsField.VM_EXIT_INSTRUCTION_LEN))));
      if (qualification != null) {
        artefact.decode(Readings.qualification(raw, qualification));
      }
      if (!ExitReason.isFailedVmEntry(raw)) {
        summary.append(" It is the reason of an exit: no VM-entry failed, or one did with a VM-instruction"
            + " error, which leaves this field as it was.");
      }
    }
    if (error != null && error != 0) {
      artefact.instructionError(error.intValue());
      artefact.decode(Readings.instructionError(error.intValue()));
    }
    event(artefact, VmcsField.IDT_VECTORING_INFO_FIELD, "idtVectoring");
    event(artefact, VmcsField.VM_EXIT_INTR_INFO, "interruptionInfo");
    event(artefact, VmcsField.VM_ENTRY_INTR_INFO_FIELD, "injectedEvent");
    controls(artefact, VmcsField.PIN_BASED_VM_EXEC_CONTROL, "pinControls");
    controls(artefact, VmcsField.CPU_BASED_VM_EXEC_CONTROL, "primaryControls");
    controls(artefact, VmcsField.SECONDARY_VM_EXEC_CONTROL, "secondaryControls");
    controls(artefact, VmcsField.VM_EXIT_CONTROLS, "exitControls");
    controls(artefact, VmcsField.VM_ENTRY_CONTROLS, "entryControls");
    Long ept = fields.get(VmcsField.EPT_POINTER);
    if (ept != null) {
      artefact.decode(Readings.eptPointer(ept));
    }
    if (effectiveEfer != null) {
      artefact.decode(Reading.having().word("value", effectiveEfer).as("effectiveEfer",
          "The guest runs with IA32_EFER " + new Word(effectiveEfer) + "; the VMCS field is not shown.",
          "KVM dump_vmcs()"));
    }
    artefact.summary(summary.toString());
  }

  /**
   * Makes the checks of a VM-entry over a dump: when the whole input was read, since it may hold the
   * capabilities of the CPU, too.
   */
  public static void judge(Artefact artefact, Map<Capability, Long> capabilities) {
    EntryVerdict.judge(artefact, EntryProfile.SDM, capabilities);
    Verdict verdict = artefact.verdict();
    if (verdict != null && verdict.undecided() > 0) {
      artefact.misses(
          (capabilities.isEmpty() ? "capability MSRs and the fields" : "fields and capability MSRs")
              + " that are not shown",
          verdict.undecided() + " of " + verdict.made() + " checks of a VM-entry depend on them.",
          "Add the whole dump, and IA32_VMX_* of that CPU: for i in $(seq 1152 1171); do printf '0x%x: ' $i;"
              + " rdmsr $i; done");
    }
  }

  private static @Nullable Integer word(@Nullable Long value) {
    return value == null ? null : value.intValue();
  }

  private static void event(Artefact artefact, VmcsField field, String as) {
    Long info = artefact.fields().get(field);
    if (info != null && (info.intValue() & 0x8000_0000) != 0) {
      artefact.decode(Readings.event(info.intValue(), as));
    }
  }

  private static void controls(Artefact artefact, VmcsField field, String as) {
    Long word = artefact.fields().get(field);
    EvmcsField there = field.evmcsField();
    if (word != null && there != null) {
      artefact.decode(Readings.controls(as, there, word.intValue()));
    }
  }
}
