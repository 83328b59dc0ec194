package io.vmxdecision.app.wire;

import io.vmxdecision.engine.bytes.PageView;
import io.vmxdecision.engine.hyperv.VpAssistPage;
import io.vmxdecision.engine.vmx.EnlightenedVmcs;
import org.jspecify.annotations.Nullable;

/**
 * A page with the fields that are laid over it: over a zero page if there is none. Where neither is there, no page
 * is given: null. The bytes of a page are used as they are, but copied before a field is laid over them: a request
 * that was read does not change.
 */
public final class GivenPages {
  private GivenPages() {}

  /** An eVMCS. */
  public static byte @Nullable [] evmcs(@Nullable Page page, @Nullable EvmcsFieldValues fields) {
    return fields == null ? page(page, null) : evmcsWith(page, fields);
  }

  /** An eVMCS with {@code fields} laid over it. */
  public static byte[] evmcsWith(@Nullable Page page, EvmcsFieldValues fields) {
    byte[] bytes = copy(page);
    EnlightenedVmcs view = new EnlightenedVmcs();
    view.wrap(bytes, 0);
    fields.applyTo(view);
    return bytes;
  }

  /** A VP assist page. */
  public static byte @Nullable [] vpAssistPage(@Nullable Page page, @Nullable VpAssistValues fields) {
    if (fields == null) {
      return page(page, null);
    }
    byte[] bytes = copy(page);
    VpAssistPage view = new VpAssistPage();
    view.wrap(bytes, 0);
    fields.applyTo(view);
    return bytes;
  }

  /** A page, where it is there or {@code fields} are; the caller may lay them over it. */
  public static byte @Nullable [] page(@Nullable Page page, @Nullable Object fields) {
    if (fields == null) {
      return page == null ? null : page.bytes();
    }
    return copy(page);
  }

  private static byte[] copy(@Nullable Page page) {
    return page == null ? new byte[PageView.PAGE_BYTES] : page.bytes().clone();
  }
}
