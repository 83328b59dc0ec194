/**
 * The audit of a KVM trace: for every exit from L2, who handled it, who must by the rules, and whether the two agree.
 *
 * <p>{@link io.vmxdecision.artefacts.audit.TraceAudit} reads the text and hands what it finds to an {@link
 * io.vmxdecision.artefacts.audit.AuditSink}. What the rules expect comes from a {@link
 * io.vmxdecision.artefacts.audit.DecisionSource}.
 */
@NullMarked
package io.vmxdecision.artefacts.audit;

import org.jspecify.annotations.NullMarked;
