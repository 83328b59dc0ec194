package io.vmxdecision.app.decisionlog;

import io.vmxdecision.app.wire.Word64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A decision to be written down.
 *
 * @param decisionId its content address
 * @param question what was asked
 * @param correlationId the client's name for it in a binary stream
 * @param outcome the decision in short
 * @param rules the rules looked at and met, if the kind of request has them
 * @param latencyNanos how long the engine took
 * @param source where the request came from
 * @param explain whether the answer explains
 * @param include what else it holds, by the names of the query parameter
 * @param answerSha256 the digest of the answer in JSON
 */
public record Entry(
    String decisionId,
    Askable question,
    @Nullable Word64 correlationId,
    Object outcome,
    @Nullable RuleBits rules,
    long latencyNanos,
    Source source,
    boolean explain,
    List<String> include,
    String answerSha256) {}
