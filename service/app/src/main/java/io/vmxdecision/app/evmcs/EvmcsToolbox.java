package io.vmxdecision.app.evmcs;

import io.vmxdecision.app.wire.GivenPages;
import io.vmxdecision.app.wire.Page;
import io.vmxdecision.engine.bytes.PageView;
import io.vmxdecision.engine.check.EvmcsDifference;
import io.vmxdecision.engine.check.PageChecks;
import io.vmxdecision.engine.hyperv.VpAssistPage;
import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.vmx.EnlightenedVmcs;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** From a request that was read to its answer. */
final class EvmcsToolbox {
  private EvmcsToolbox() {}

  static EvmcsFieldCatalogue fields() {
    return EvmcsFieldCatalogue.of(List.of(EvmcsField.values()));
  }

  static EvmcsDecoding decode(EvmcsPage request, boolean nonzero) {
    return EvmcsDecoding.of(view(request.evmcs()), nonzero);
  }

  static EvmcsPage encode(EvmcsEncodeRequest request) {
    return new EvmcsPage(Page.of(GivenPages.evmcsWith(request.evmcs(), request.evmcsFields())));
  }

  static EvmcsDifferenceAnswer diff(EvmcsPair request) {
    return EvmcsDifferenceAnswer.of(
        EvmcsDifference.between(Profile.DEFAULT, view(request.before()), view(request.after())));
  }

  static EvmcsCheckAnswer check(EvmcsCheckRequest request) {
    EnlightenedVmcs page = new EnlightenedVmcs();
    wrap(page, GivenPages.evmcs(request.evmcs(), request.evmcsFields()));
    VpAssistPage assist = new VpAssistPage();
    wrap(assist, GivenPages.vpAssistPage(request.vpAssistPage(), request.vpAssist()));
    EnlightenedVmcs previous = new EnlightenedVmcs();
    wrap(previous, GivenPages.evmcs(request.previousEvmcs(), null));
    return EvmcsCheckAnswer.of(PageChecks.of(profile(request.profile()), page, assist, previous));
  }

  /** The contract lets no other id through. */
  private static Profile profile(@Nullable String id) {
    return id == null ? Profile.DEFAULT : Objects.requireNonNull(Profile.of(id), id);
  }

  private static void wrap(PageView view, byte @Nullable [] page) {
    if (page != null) {
      view.wrap(page, 0);
    }
  }

  private static EnlightenedVmcs view(Page page) {
    EnlightenedVmcs view = new EnlightenedVmcs();
    view.wrap(page.bytes(), 0);
    return view;
  }
}
