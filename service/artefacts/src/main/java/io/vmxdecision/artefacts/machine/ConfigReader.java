package io.vmxdecision.artefacts.machine;

import io.vmxdecision.artefacts.report.Artefact;
import io.vmxdecision.artefacts.report.Fault;
import io.vmxdecision.artefacts.report.Kind;
import io.vmxdecision.artefacts.report.Place;
import io.vmxdecision.artefacts.report.Provenance;
import io.vmxdecision.artefacts.report.Reading;
import io.vmxdecision.artefacts.text.Line;
import io.vmxdecision.artefacts.text.TextReader;
import io.vmxdecision.engine.check.EnlightenmentCheck;
import io.vmxdecision.engine.hyperv.Enlightenment;
import java.io.StringReader;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;

/**
 * Reads which Hyper-V enlightenments a VM has: of {@code <hyperv>} of a libvirt domain, and of the {@code hv-}
 * flags of a QEMU command line. No DTD and no entity of an XML file is looked at.
 */
public final class ConfigReader implements TextReader {
  private static final int MOST_CHARACTERS = 1 << 16;
  private static final Pattern FLAG =
      Pattern.compile(
          "(?<=[,;=\\s\"'])([-+]?)hv[-_]([a-z][a-z_-]{1,30})(?:=(on|off|true|false|0x[0-9a-f]+|[\\w-]+))?"
              + "(?=[,;\\s\"'\\\\]|$)");
  private static final Pattern XML = Pattern.compile("<hyperv\\b");
  private static final Pattern REQUIRES = Pattern.compile(
      "Hyper-V [^\\n]{1,60}?\\((?:requested by )?'?hv-([a-z-]{1,30})'?(?: cpu flag)?\\) requires Hyper-V"
          + " [^\\n]{1,60}?\\('?hv-([a-z-]{1,30})'?\\)");
  private static final String XML_END = "</hyperv>";
  private static final Set<String> OFF = Set.of("off", "false");

  private final Consumer<Artefact> found;
  private final XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
  private @Nullable Artefact config;
  private final Set<Enlightenment> on = EnumSet.noneOf(Enlightenment.class);
  private boolean isMessage;

  /** Of libvirt's domain capabilities: what the host can offer, not what a VM has. */
  private boolean isHost;
  private @Nullable StringBuilder xml;
  private long xmlLine;

  /** A reader that hands on what it finds. */
  public ConfigReader(Consumer<Artefact> found) {
    this.found = found;
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    factory.setProperty(XMLInputFactory.IS_COALESCING, false);
  }

  @Override
  public boolean take(Line line) {
    String text = line.text();
    if (xml != null) {
      append(text, line);
      return true;
    }
    if (config == null && !text.contains("hv") && !text.contains("yper")) {
      return false; // most lines end here
    }
    Matcher start = XML.matcher(text);
    if (start.find()) {
      end();
      xml = new StringBuilder();
      xmlLine = line.number();
      append(text.substring(start.start()), line);
      return true;
    }
    if (takeMessage(line)) {
      return true;
    }
    boolean any = false;
    for (Matcher match = FLAG.matcher(" " + text); match.find();) {
      Enlightenment flag = Enlightenment.of(match.group(2));
      if (flag == null || (match.end() > text.length() && !line.whole() && line.number() > 1)) {
        continue;
      }
      any = true;
      Artefact current = config;
      if (current == null) {
        current = new Artefact(Kind.VM_CONFIG, Place.ofLines(line.part(), line.number(), line.number()));
        config = current;
      }
      boolean isOn = match.group(3) == null || !OFF.contains(match.group(3));
      add(flag, isOn && !match.group(1).equals("-"), line);
      current.place(Place.ofLines(line.part(), current.place().line(), line.number()));
    }
    if (!any && config != null && !text.endsWith("\\")) {
      end();
    }
    return any;
  }

  /** QEMU names the flag that is on and the one that is missing. */
  private boolean takeMessage(Line line) {
    Matcher message = REQUIRES.matcher(line.text());
    if (!message.find()) {
      return false;
    }
    Enlightenment flag = Enlightenment.of(message.group(1));
    Enlightenment needed = Enlightenment.of(message.group(2));
    if (flag == null || needed == null) {
      return false;
    }
    end();
    config = new Artefact(Kind.VM_CONFIG, Place.ofLines(line.part(), line.number(), line.number()));
    addWithNeeds(flag, needed); // it complains of one at a time: the others may be on
    isMessage = true;
    end();
    return true;
  }

  private void addWithNeeds(Enlightenment flag, Enlightenment missing) {
    if (flag != missing && on.add(flag)) {
      flag.needs().forEach(need -> addWithNeeds(need, missing));
    }
  }

  private void append(String text, Line line) {
    StringBuilder document = xml;
    if (document == null) {
      return;
    }
    int length = Math.min(text.length(), MOST_CHARACTERS - document.length());
    document.append(text, 0, length).append('\n');
    int end = document.indexOf(XML_END);
    boolean alone = document.indexOf("/>") >= 0 && document.indexOf("/>") < document.indexOf(">");
    if (end >= 0 || alone || document.length() >= MOST_CHARACTERS) {
      parse(end >= 0 ? document.substring(0, end + XML_END.length()) : document.toString(), line);
    }
  }

  /** Reads the element as far as it is there. */
  private void parse(String document, Line line) {
    xml = null;
    config = new Artefact(Kind.VM_CONFIG, Place.ofLines(line.part(), xmlLine, line.number()));
    Deque<String> path = new ArrayDeque<>();
    try {
      XMLStreamReader reader = factory.createXMLStreamReader(new StringReader(document));
      while (reader.hasNext()) {
        int event = reader.next();
        if (event == XMLStreamConstants.START_ELEMENT) {
          path.push(reader.getLocalName());
          element(path, reader, line);
        } else if (event == XMLStreamConstants.CHARACTERS && isHost && "value".equals(path.peek())) {
          Enlightenment offered = Enlightenment.of(reader.getText().strip());
          if (offered != null) {
            on.add(offered);
          }
        } else if (event == XMLStreamConstants.END_ELEMENT) {
          path.pop();
        }
      }
      reader.close();
    } catch (XMLStreamException | RuntimeException e) { // what was read before the fault counts
      config.misses("the rest of <hyperv>", "The XML is malformed after what was read.",
          "virsh dumpxml NAME");
    }
    end();
  }

  private void element(Deque<String> path, XMLStreamReader reader, Line line) {
    String name = reader.getLocalName();
    String parent = path.size() > 1 ? path.stream().skip(1).findFirst().orElse("") : "";
    String flag = parent.equals("hyperv") || parent.isEmpty() ? name : parent + "-" + name;
    if (flag.equals("tlbflush-extended")) {
      flag = "tlbflush-ext";
    }
    if (name.equals("hyperv")) {
      isHost = reader.getAttributeValue(null, "supported") != null;
      if ("passthrough".equals(reader.getAttributeValue(null, "mode"))) {
        add(Enlightenment.PASSTHROUGH, true, line);
      }
      return;
    }
    Enlightenment enlightenment = Enlightenment.of(flag);
    if (enlightenment != null) {
      add(enlightenment, "on".equals(reader.getAttributeValue(null, "state")), line);
    }
  }

  private void add(Enlightenment flag, boolean isOn, Line line) {
    Artefact current = config;
    if (isOn) {
      on.add(flag);
      if (current != null) {
        String word = flag.nestedEax() != 0
            ? "nestedEax"
            : flag.enlightenmentsEax() != 0 ? "enlightenmentsEax" : "featuresEdx";
        current.readAt(
            new Provenance("/snapshot/cpuid/" + word, line.part(), line.number(), line.shown()));
      }
    } else {
      on.remove(flag);
    }
  }

  @Override
  public void end() {
    StringBuilder open = xml;
    if (open != null) {
      xml = null;
      Artefact cut = new Artefact(Kind.VM_CONFIG, Place.ofLines("", xmlLine, xmlLine));
      parse(open.toString(), new Line(cut.place().part(), xmlLine, open.toString(), open.toString(), false));
      return;
    }
    Artefact finished = config;
    config = null;
    if (finished != null) {
      describe(finished);
      found.accept(finished);
    }
    on.clear();
    isMessage = false;
    isHost = false;
  }

  /** What virsh domcapabilities says: no VM has it yet. */
  private void describeHost(Artefact artefact) {
    List<String> flags = on.stream().map(flag -> "hv-" + flag.flag()).toList();
    artefact.decode(Reading.having().with("flags", flags)
        .as("hostEnlightenments",
            "Enlightenments that the host can offer: " + (flags.isEmpty() ? "none" : String.join(", ", flags))
                + ".",
            "libvirt docs/formatdomaincaps.rst"));
    artefact.summary("Domain capabilities of libvirt: the host's QEMU and KVM can offer " + flags.size()
        + " Hyper-V enlightenments, " + (on.contains(Enlightenment.EVMCS)
            ? "hv-evmcs among them."
            : "hv-evmcs not among them, so that an L1 gets no enlightened VMCS on this host.")
        + " A VM has those that its own configuration says.");
    artefact.misses("the configuration of the VM", "Capabilities are the host's.", "virsh dumpxml NAME");
  }

  private void describe(Artefact artefact) {
    if (isHost) {
      describeHost(artefact);
      return;
    }
    int nested = 0;
    int hints = 0;
    int features = 0;
    for (Enlightenment flag : on) {
      nested |= flag.nestedEax();
      hints |= flag.enlightenmentsEax();
      features |= flag.featuresEdx();
    }
    for (EnlightenmentCheck.Violation violation : EnlightenmentCheck.violated(on)) {
      EnlightenmentCheck check = violation.check();
      artefact.fault(
          new Fault(check.name(), check.severity(),
              List.of("hv-" + violation.flag().flag(), "hv-" + violation.needed().flag()),
              violation.detail(), check.references()));
    }
    if (on.contains(Enlightenment.TLBFLUSH_DIRECT) && !on.contains(Enlightenment.EVMCS)
        && !on.contains(Enlightenment.PASSTHROUGH)) {
      artefact.misses("hv-evmcs", "On Intel, L1 uses the L2 TLB flush with an enlightened VMCS only.",
          "Add hv-evmcs, or <evmcs state='on'/>.");
    }
    List<String> flags = on.stream().map(flag -> "hv-" + flag.flag()).toList();
    artefact.decode(Reading.having().with("flags", flags)
        .as("enlightenments",
            "Enlightenments that are on: " + (flags.isEmpty() ? "none" : String.join(", ", flags))
                + ".",
            "QEMU docs/system/i386/hyperv.rst"));
    if (on.contains(Enlightenment.PASSTHROUGH)) {
      artefact.summary(
          "A VM with hv-passthrough: it gets all that the host's KVM offers, so that the words depend"
              + " on the host.");
      artefact.misses("CPUID 0x40000000 to 0x4000000A of the guest",
          "hv-passthrough takes them from the host.",
          "cpuid -1 -r in L1");
      return;
    }
    if (isMessage) {
      artefact.summary("QEMU says that enlightenments of a VM do not fit together. The other flags of the VM"
          + " are not known here.");
      return;
    }
    features |= on.isEmpty() ? 0 : Enlightenment.FEATURES_EDX_OF_ANY;
    artefact.cpuid().put("nestedEax", nested);
    artefact.cpuid().put("enlightenmentsEax", hints);
    artefact.cpuid().put("featuresEdx", features);
    CpuidFindings.add(artefact);
    artefact
        .summary("The configuration of a VM with " + flags.size() + " Hyper-V enlightenments; the CPUID words"
            + " are those that these flags make, on an Intel host."
            + ((nested & 1 << 17) != 0
                ? " L1 is offered the L2 TLB flush."
                : " L1 is not offered the L2 TLB flush."));
  }
}
