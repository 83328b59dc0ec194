package io.vmxdecision.app.evmcs;

import io.vmxdecision.app.contract.ContractSchemas;
import io.vmxdecision.app.contract.JsonContract;
import io.vmxdecision.app.contract.JsonPart;
import io.vmxdecision.app.problem.ProblemKind;
import io.vmxdecision.app.problem.RejectedRequestException;
import io.vmxdecision.app.problem.Violation;
import io.vmxdecision.app.wire.Page;
import io.vmxdecision.engine.entry.EntryProfile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * From the bytes of a body to a request. Every method throws {@link RejectedRequestException} when the
 * body does not fit the contract, with every fault at once.
 */
@Component
class EvmcsRequestReader {
  /** The specification of Hyper-V. It says which fields an eVMCS has, and nothing of what is refused. */
  private static final String TLFS = "tlfs";

  private static final List<String> KERNELS =
      Arrays.stream(EntryProfile.values())
          .filter(EntryProfile::modelsEvmcs)
          .map(EntryProfile::id)
          .toList();

  private final JsonContract<EvmcsPage> page;
  private final JsonContract<EvmcsEncodeRequest> encodeRequest;
  private final JsonContract<EvmcsPair> pair;
  private final JsonContract<EvmcsCheckRequest> checkRequest;

  EvmcsRequestReader(ContractSchemas schemas) {
    this.page = JsonContract.of(EvmcsPage.class, "EvmcsPage", schemas);
    this.encodeRequest = JsonContract.of(EvmcsEncodeRequest.class, "EvmcsEncodeRequest", schemas);
    this.pair = JsonContract.of(EvmcsPair.class, "EvmcsPair", schemas);
    this.checkRequest = JsonContract.of(EvmcsCheckRequest.class, "EvmcsCheckRequest", schemas);
  }

  EvmcsPage page(byte @Nullable [] body) {
    return page.read(JsonPart.whole(body));
  }

  EvmcsEncodeRequest encodeRequest(byte @Nullable [] body) {
    return encodeRequest.read(JsonPart.whole(body));
  }

  EvmcsPair pair(byte @Nullable [] body) {
    return pair.read(JsonPart.whole(body));
  }

  EvmcsCheckRequest checkRequest(byte @Nullable [] body) {
    JsonPart part = JsonPart.whole(body);
    EvmcsCheckRequest request = checkRequest.read(part);
    String profile = request.profile();
    boolean unspecified = TLFS.equals(profile);
    if (profile != null && !unspecified && !KERNELS.contains(profile)) {
      throw checkRequest.rejection(part, new Violation("/profile", "is none of " + KERNELS));
    }
    List<Violation> violations = new ArrayList<>();
    if (request.evmcs() == null && request.evmcsFields() == null) {
      // No schema that clients are generated from can say so.
      violations.add(new Violation("", "evmcs or evmcsFields is required"));
    }
    if (unspecified) {
      violations.add(
          new Violation("/profile", "the TLFS does not say which controls an L0 refuses: the kernels do"));
    }
    if (!violations.isEmpty()) {
      throw RejectedRequestException.of(ProblemKind.UNDECIDABLE, violations);
    }
    return request;
  }

  /** A body that is the page itself. */
  Page rawPage(byte @Nullable [] body) {
    try {
      return Page.of(JsonPart.orEmpty(body));
    } catch (IllegalArgumentException e) {
      throw invalid(new Violation("", String.valueOf(e.getMessage())));
    }
  }

  private static RejectedRequestException invalid(Violation violation) {
    return RejectedRequestException.of(ProblemKind.INVALID_REQUEST, List.of(violation));
  }
}
