package io.vmxdecision.app.decisionlog;

import io.vmxdecision.app.wire.Word64;
import io.vmxdecision.engine.decision.Decision;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A decision to be written down.
 *
 * @param decisionId its content address
 * @param question what was asked
 * @param correlationId the client's name for it in a binary stream
 * @param decision what the engine said
 * @param latencyNanos how long the engine took
 * @param source where the request came from
 * @param explain whether the answer explains
 * @param include what else it holds, by the names of the query parameter
 * @param answerSha256 the digest of the answer in JSON
 */
public record Entry(
    String decisionId,
    Question question,
    @Nullable Word64 correlationId,
    Decision decision,
    long latencyNanos,
    Source source,
    boolean explain,
    List<String> include,
    String answerSha256) {}
