/**
 * Reads the text of KVM's trace events, of every generation: {@code trace-cmd report}, {@code perf script}, {@code
 * /sys/kernel/tracing/trace}, lines that somebody pasted into a mail.
 *
 * <p>{@link io.vmxdecision.artefacts.trace.TraceReader} takes bytes as they come and hands each event to a {@link
 * io.vmxdecision.artefacts.trace.TraceSink} as one and the same {@link
 * io.vmxdecision.artefacts.trace.TraceEvent}, filled anew. For a pasted fragment:
 *
 * <pre>{@code
 * TraceReader reader = new TraceReader(sink);
 * reader.read(bytes, 0, bytes.length);
 * reader.end();
 * }</pre>
 *
 * <p>A line that is no trace goes to {@link io.vmxdecision.artefacts.trace.TraceSink#unknownLine}. Memory is bounded
 * whatever the length of the text or of a line.
 */
@NullMarked
package io.vmxdecision.artefacts.trace;

import org.jspecify.annotations.NullMarked;
