package io.vmxdecision.app.decisionlog;

import io.vmxdecision.app.problem.RejectedRequestException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decides again requests of one kind that were decided before, as the service would, but counts and writes
 * down nothing.
 */
public interface Replayer {
  /** The kind that it takes. */
  RequestKind kind();

  /**
   * Refuses what no answer can hold.
   *
   * @param include what an answer was asked to hold besides
   * @throws RejectedRequestException when it names something else
   */
  void requireInclude(List<String> include);

  /**
   * Decides.
   *
   * @param request a body as the endpoint of the kind takes it
   * @param explain whether the answer was asked to explain
   * @param include what it was asked to hold besides
   * @param recordedEngine the version of the engine that decided before
   * @param recordedId the id that the answer had
   * @throws RejectedRequestException when the request cannot be decided
   */
  Replayed replay(
      byte[] request, boolean explain, List<String> include, String recordedEngine, String recordedId);

  /**
   * What comes of a recorded request now.
   *
   * @param decisionId what it ought to be by the recorded version of the engine
   * @param outcome the decision in short
   * @param rules the rules looked at and met, if the kind has them
   * @param answerSha256 the digest of the answer, which has the recorded {@code decisionId}
   */
  record Replayed(String decisionId, Object outcome, @Nullable RuleBits rules, String answerSha256) {}
}
