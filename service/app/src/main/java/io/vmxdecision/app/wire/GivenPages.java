package io.vmxdecision.app.wire;

import io.vmxdecision.engine.view.EnlightenedVmcs;
import io.vmxdecision.engine.view.PageView;
import io.vmxdecision.engine.view.VpAssistPage;
import org.jspecify.annotations.Nullable;

/**
 * Puts a page and fields laid over it into a view: over a zero page if there is none. Where neither is
 * there, no page is given, and the view stays as it is. The bytes of a page are used, not copied.
 */
public final class GivenPages {
  private GivenPages() {}

  /** An eVMCS. */
  public static void wrap(
      EnlightenedVmcs view, @Nullable Page page, @Nullable EvmcsFieldValues fields) {
    wrapEither(view, page, fields);
    if (fields != null) {
      fields.applyTo(view);
    }
  }

  /** A VP assist page. */
  public static void wrap(
      VpAssistPage view, @Nullable Page page, @Nullable VpAssistValues fields) {
    wrapEither(view, page, fields);
    if (fields != null) {
      fields.applyTo(view);
    }
  }

  /** A page, where it is there or {@code fields} are. */
  public static void wrapEither(PageView view, @Nullable Page page, @Nullable Object fields) {
    if (page != null || fields != null) {
      view.wrap(page == null ? new byte[PageView.PAGE_BYTES] : page.bytes(), 0);
    }
  }
}
