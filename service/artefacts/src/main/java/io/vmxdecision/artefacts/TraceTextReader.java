package io.vmxdecision.artefacts;

import io.vmxdecision.artefacts.audit.AuditSink;
import io.vmxdecision.artefacts.audit.AuditSummary;
import io.vmxdecision.artefacts.audit.AuditedExit;
import io.vmxdecision.artefacts.audit.AuditedFlush;
import io.vmxdecision.artefacts.audit.FailedEntry;
import io.vmxdecision.artefacts.audit.SnapshotDecisions;
import io.vmxdecision.artefacts.audit.TraceAudit;
import io.vmxdecision.artefacts.audit.Verdict;
import io.vmxdecision.artefacts.number.Readings;
import io.vmxdecision.artefacts.report.Artefact;
import io.vmxdecision.artefacts.report.Audit;
import io.vmxdecision.artefacts.report.Kind;
import io.vmxdecision.artefacts.report.Place;
import io.vmxdecision.artefacts.report.Reading;
import io.vmxdecision.artefacts.text.Line;
import io.vmxdecision.artefacts.text.TextReader;
import io.vmxdecision.artefacts.trace.Isa;
import io.vmxdecision.artefacts.trace.TraceEvent;
import io.vmxdecision.artefacts.trace.TraceEvent.Field;
import io.vmxdecision.artefacts.trace.TraceEventKind;
import io.vmxdecision.artefacts.trace.TraceReader;
import io.vmxdecision.artefacts.trace.TraceSink;
import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.vmx.ExitReason;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Finds a trace in a text, decodes its words and audits it. */
final class TraceTextReader implements TextReader {
  private static final int MOST_FOREIGN_LINES = 200;
  private static final int MOST_READINGS = 100;

  /** The tracepoints of KVM; names of its functions, which begin its messages, are none. */
  private static final Pattern EVENT = Pattern.compile(
      "(?:^|[\\s:])kvm_(?:entry|exit|hypercall|hv_[a-z0-9_]{2,40}|xen_hypercall|nested_[a-z_]{2,40}|pio|mmio"
          + "|fast_mmio|cpuid|msr|cr|apic(?:_[a-z_]{2,30})?|apicv_[a-z_]{2,40}|avic_[a-z_]{2,40}|eoi|pv_eoi"
          + "|inj_(?:virq|exception)|page_fault|emulate_insn|userspace_exit|vcpu_wakeup|set_irq|msi_set_irq"
          + "|ack_irq|pic_set_irq|ioapic_[a-z_]{2,30}|ple_window[a-z_]{0,10}|pml_full|fpu|halt_poll_ns"
          + "|invlpga|skinit|smm_transition|enter_smm|write_tsc_offset|update_master_clock|track_tsc"
          + "|pvclock_update|wait_lapic_expire|async_pf_[a-z_]{2,30}|try_async_get_page|mmu_[a-z_]{2,40}"
          + "|tdp_mmu_[a-z_]{2,40}|dirty_ring_[a-z_]{2,20}|unmap_hva_range|age_hva|test_age_hva|pi_irte_update"
          + "|ga_log|vmgexit_[a-z_]{2,40}|rmp_fault|vmenter_failed):(?:\\s|$)");
  private static final Pattern HEADER =
      Pattern.compile("^# tracer:|^#\\s+_-----=>|^cpus=\\d+$|^# entries-in-buffer|^#\\s*$");

  private final Consumer<Artefact> found;
  private @Nullable Artefact trace;
  private @Nullable Tally tally;
  private int foreign;

  /** The line before has nothing but the name of an event: a mail has its words in this one. */
  private boolean dangling;

  private boolean tookEvent;

  /** A reader that hands on what it finds. */
  TraceTextReader(Consumer<Artefact> found) {
    this.found = found;
  }

  /** Whether the line that was looked at last is one of an event. */
  boolean tookEvent() {
    return tookEvent;
  }

  @Override
  public boolean take(Line line) {
    boolean event = line.text().contains("kvm_") && EVENT.matcher(line.text()).find();
    tookEvent = event;
    boolean header = line.text().startsWith("#") || HEADER.matcher(line.text()).find();
    Artefact current = trace;
    Tally counts = tally;
    if (current == null || counts == null) {
      if (!event) {
        return header && HEADER.matcher(line.text()).find();
      }
      current = new Artefact(Kind.KVM_TRACE, Place.ofLines(line.part(), line.number(), line.number()));
      counts = new Tally(current);
      trace = current;
      tally = counts;
    }
    long unknown = counts.reader.unknownLines();
    counts.read(line.text());
    boolean taken = event || header || dangling || counts.reader.unknownLines() == unknown;
    dangling = event && line.text().endsWith(":");
    if (event || (taken && !header && !line.text().isBlank())) {
      current.place(Place.ofLines(line.part(), current.place().line(), line.number()));
    }
    if (event) {
      foreign = 0;
    } else if (++foreign > MOST_FOREIGN_LINES) {
      end();
    }
    return taken;
  }

  @Override
  public void end() {
    Artefact finished = trace;
    Tally counts = tally;
    trace = null;
    tally = null;
    foreign = 0;
    if (finished != null && counts != null) {
      counts.finish();
      found.accept(finished);
    }
  }

  /** Decodes the words of a trace, beside the audit that counts. */
  private static final class Tally implements TraceSink, AuditSink {
    private final Artefact artefact;
    private final TraceReader reader = new TraceReader(this);
    private final TraceAudit audit =
        new TraceAudit(new SnapshotDecisions(Profile.DEFAULT, List.of()), this);
    private final Set<String> decoded = new HashSet<>();

    Tally(Artefact artefact) {
      this.artefact = artefact;
    }

    void read(String text) {
      byte[] bytes = (text + "\n").getBytes(StandardCharsets.UTF_8);
      reader.read(bytes, 0, bytes.length);
      audit.read(bytes, 0, bytes.length);
    }

    @Override
    public void event(TraceEvent event) {
      switch (event.kind()) {
        case NESTED_VMEXIT, NESTED_VMEXIT_INJECT -> decode(event);
        case HV_FLUSH_TLB, HV_FLUSH_TLB_EX -> flush(event);
        default -> {
          // Other events have no words to decode.
        }
      }
    }

    private void flush(TraceEvent event) {
      long flags = event.value(Field.FLAGS);
      if (decoded.size() >= MOST_READINGS || !decoded.add("flush " + flags)) {
        return;
      }
      artefact.decode(Readings.flushFlags(flags));
      if (event.kind() == TraceEventKind.HV_FLUSH_TLB && event.value(Field.PROCESSOR_MASK) == 0
          && (flags & 1) == 0) {
        artefact.decode(
            Reading.having().word("processorMask", 0)
                .as("processorMask",
                    "A mask of 0 without the flag for all processors: KVM flushes all, the TLFS"
                        + " none.",
                    "KVM kvm_hv_flush_tlb()"));
      }
    }

    private void decode(TraceEvent event) {
      long reason = event.value(Field.REASON);
      if (decoded.size() >= MOST_READINGS || !event.has(Field.REASON)) {
        return;
      }
      if (event.isa() == Isa.SVM) {
        if (decoded.add("svm " + reason)) {
          artefact.decode(Readings.svmExit(reason));
        }
      } else if (event.isa() == Isa.VMX) {
        if (decoded.add("vmx " + reason)) {
          artefact.decode(Readings.exitReason(reason));
        }
        long info = event.value(Field.INFO1);
        if (event.has(Field.INFO1) && info != 0 && decoded.add("info " + reason + " " + info)) {
          artefact.decode(Readings.qualification((int) reason, info));
        }
        int vectoring = (int) event.value(Field.INFO2);
        if (event.kind() == TraceEventKind.NESTED_VMEXIT && event.has(Field.INFO2) && vectoring < 0
            && decoded.add("vectoring " + vectoring)) {
          artefact.decode(Readings.event(vectoring, "idtVectoring"));
        }
        if (ExitReason.isFailedVmEntry((int) reason) && decoded.add("failed entry")) {
          artefact.misses("VMCS", "The trace has the reason of a failed VM-entry, not which check failed.",
              "echo Y > /sys/module/kvm_intel/parameters/dump_invalid_vmcs on the host, let it fail again, and"
                  + " add what dmesg has.");
        }
      }
    }

    @Override
    public void unknownLine(long line, byte[] bytes, int from, int to) {
      // Other readers look at it.
    }

    @Override
    public void exit(AuditedExit exit) {
      // The audit has the details.
    }

    @Override
    public void flush(AuditedFlush flush) {
      // The audit has the details.
    }

    @Override
    public void failedEntry(FailedEntry entry) {
      // The audit has the details.
    }

    private static String counted(long number, String what) {
      return number + " " + what + (number == 1 ? "" : what.endsWith("sh") ? "es" : "s");
    }

    void finish() {
      reader.end();
      audit.end();
      AuditSummary summary = audit.summary();
      artefact.audit(
          new Audit(summary.lines(), summary.events(), summary.exitsFromL2(), summary.handledByL0(),
              summary.reflectedToL1(), summary.injectedByL0(), summary.syntheticExits(),
              summary.l2Flushes()));
      artefact.summary("A trace of KVM with " + counted(summary.events(), "event") + ". "
          + counted(summary.exitsFromL2(), "exit") + " from L2: " + summary.handledByL0() + " handled by L0, "
          + summary.reflectedToL1()
          + " reflected to L1; " + counted(summary.injectedByL0(), "exit")
          + " that L1 got without one from L2, "
          + counted(summary.syntheticExits(), "synthetic exit") + ", "
          + counted(summary.l2Flushes(), "flush") + " marked as L2's. "
          + summary.verdicts(Verdict.CONTRADICTS) + " contradict the rules, "
          + summary.verdicts(Verdict.UNDECIDED) + " are not decided by the trace alone.");
      artefact.misses("the verdict on each exit", "The counts do not say which exit it is.",
          "POST the trace to /v1/audits.");
    }
  }
}
