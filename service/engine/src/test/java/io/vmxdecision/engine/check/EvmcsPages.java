package io.vmxdecision.engine.check;

import io.vmxdecision.engine.bytes.PageView;
import io.vmxdecision.engine.hyperv.VpAssistPage;
import io.vmxdecision.engine.vmx.EnlightenedVmcs;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;

/** Pages to check. */
public final class EvmcsPages {
  /** A VP assist page that is not given. */
  public static final VpAssistPage NO_ASSIST = new VpAssistPage();

  /** An eVMCS page that is not given. */
  public static final EnlightenedVmcs NO_PAGE = new EnlightenedVmcs();

  private EvmcsPages() {}

  /** The page that a real L1 dumped at a stage of its run, such as {@code stage105}. */
  public static EnlightenedVmcs captured(String stage) {
    String resource = "/captures/" + stage + "_evmcs.bin";
    try (InputStream in = Objects.requireNonNull(EvmcsPages.class.getResourceAsStream(resource))) {
      return of(in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A real page that nothing is wrong with, with the value of one field changed. */
  public static EnlightenedVmcs with(EvmcsField field, long value) {
    EnlightenedVmcs page = captured("stage105");
    page.value(field, value);
    return page;
  }

  /** A page of these 4,096 bytes. */
  public static EnlightenedVmcs of(byte[] bytes) {
    EnlightenedVmcs page = new EnlightenedVmcs();
    page.wrap(bytes, 0);
    return page;
  }

  /** A VP assist page, zero but for DirectHypercall. */
  public static VpAssistPage assist(boolean directHypercall) {
    VpAssistPage page = new VpAssistPage();
    page.wrap(new byte[PageView.PAGE_BYTES], 0);
    page.directHypercall(directHypercall);
    return page;
  }
}
