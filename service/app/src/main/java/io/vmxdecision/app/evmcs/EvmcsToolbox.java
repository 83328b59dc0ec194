package io.vmxdecision.app.evmcs;

import io.vmxdecision.app.wire.GivenPages;
import io.vmxdecision.app.wire.Page;
import io.vmxdecision.engine.check.EvmcsDifference;
import io.vmxdecision.engine.check.PageChecks;
import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.view.EnlightenedVmcs;
import io.vmxdecision.engine.view.EvmcsField;
import io.vmxdecision.engine.view.VpAssistPage;
import java.util.List;

/** From a request that was read to its answer. Overlays are written into the pages of the request. */
final class EvmcsToolbox {
  private EvmcsToolbox() {}

  static EvmcsFieldCatalogue fields() {
    return EvmcsFieldCatalogue.of(List.of(EvmcsField.values()));
  }

  static EvmcsDecoding decode(EvmcsPage request, boolean nonzero) {
    return EvmcsDecoding.of(view(request.evmcs()), nonzero);
  }

  static EvmcsPage encode(EvmcsEncodeRequest request) {
    EnlightenedVmcs page = new EnlightenedVmcs();
    GivenPages.wrap(page, request.evmcs(), request.evmcsFields());
    return new EvmcsPage(Page.of(page.copy()));
  }

  static EvmcsDifferenceAnswer diff(EvmcsPair request) {
    return EvmcsDifferenceAnswer.of(
        EvmcsDifference.between(Profile.DEFAULT, view(request.before()), view(request.after())));
  }

  static EvmcsCheckAnswer check(EvmcsCheckRequest request) {
    EnlightenedVmcs page = new EnlightenedVmcs();
    GivenPages.wrap(page, request.evmcs(), request.evmcsFields());
    VpAssistPage assist = new VpAssistPage();
    GivenPages.wrap(assist, request.vpAssistPage(), request.vpAssist());
    EnlightenedVmcs previous = new EnlightenedVmcs();
    GivenPages.wrap(previous, request.previousEvmcs(), null);
    return EvmcsCheckAnswer.of(PageChecks.of(Profile.DEFAULT, page, assist, previous));
  }

  private static EnlightenedVmcs view(Page page) {
    EnlightenedVmcs view = new EnlightenedVmcs();
    view.wrap(page.bytes(), 0);
    return view;
  }
}
