package io.vmxdecision.app.decision;

import io.vmxdecision.app.decisionlog.Question;
import io.vmxdecision.app.decisionlog.Source;
import io.vmxdecision.app.wire.Word64;
import org.jspecify.annotations.Nullable;

/**
 * A question, and how it was asked.
 *
 * @param question what was asked
 * @param correlationId the client's name for it in a binary stream
 * @param options what the answer is to hold; that of a binary stream is recorded as if it were in JSON
 * @param source where it came from
 */
public record Asked(
    Question question, @Nullable Word64 correlationId, AnswerOptions options, Source source) {}
