package io.vmxdecision.artefacts.audit;

import io.vmxdecision.artefacts.trace.Isa;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.scenario.StaleDatum;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An exit from L2 and what became of it. Immutable.
 *
 * @param line the line of its {@code kvm_nested_vmexit}, from 1
 * @param timeNanos its time in nanoseconds, or {@code TraceEvent.NO_TIME}
 * @param vcpu the vCPU, or -1 if the trace does not say
 * @param isa whose reason and words it has
 * @param reason the exit reason (VMX) or exit code (SVM), 32 bits
 * @param rip L2's RIP
 * @param info1 VMX: the exit qualification; SVM: EXITINFO1
 * @param info2 VMX: the IDT-vectoring information; SVM: EXITINFO2
 * @param intrInfo the interruption information (VMX), EXITINTINFO (SVM)
 * @param errorCode the error code that belongs to it
 * @param hasWords whether the line has these four words
 * @param observed who handled it: {@link Level#L0} or {@link Level#L1}
 * @param expected who must by the rules, or null if that cannot be told
 * @param verdict whether the two agree
 * @param rule the rule that decides, by id, or null where no rule speaks of it (SVM)
 * @param why the verdict in words
 * @param needs what would decide it; empty if it is decided
 * @param stale the copies of L0 that decide, where the pages say something else and would decide otherwise
 */
public record AuditedExit(
    long line,
    long timeNanos,
    int vcpu,
    Isa isa,
    int reason,
    long rip,
    long info1,
    long info2,
    int intrInfo,
    int errorCode,
    boolean hasWords,
    Level observed,
    @Nullable Level expected,
    Verdict verdict,
    @Nullable String rule,
    String why,
    List<String> needs,
    List<StaleDatum> stale) {}
