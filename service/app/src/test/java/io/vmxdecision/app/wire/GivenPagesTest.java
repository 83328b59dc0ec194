package io.vmxdecision.app.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.engine.bytes.LittleEndian;
import io.vmxdecision.engine.bytes.PageView;
import io.vmxdecision.engine.hyperv.VpAssistPage;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class GivenPagesTest {
  private final Page page = Page.of(new byte[PageView.PAGE_BYTES]);

  @Test
  void fieldsAreLaidOverACopyOfThePage() {
    EvmcsFieldValues fields = EvmcsFieldValues.none();
    fields.take("guest_rip", new Word64(0x401000));
    byte[] evmcs = Objects.requireNonNull(GivenPages.evmcs(page, fields));
    byte[] assist =
        Objects.requireNonNull(
            GivenPages.vpAssistPage(page, new VpAssistValues(null, new Word64(0x66000), null)));
    byte[] partition = Objects.requireNonNull(GivenPages.page(page, fields));
    partition[0] = 1;
    assertThat(LittleEndian.u64(evmcs, EvmcsField.GUEST_RIP.offset())).isEqualTo(0x401000);
    assertThat(LittleEndian.u64(assist, VpAssistPage.CURRENT_NESTED_VMCS_OFFSET)).isEqualTo(0x66000);
    assertThat(page.bytes()).as("the page of the request").containsOnly(0);
  }

  @Test
  void fieldsAloneAreLaidOverAZeroPage() {
    EvmcsFieldValues fields = EvmcsFieldValues.none();
    assertThat(GivenPages.evmcs(null, fields)).hasSize(PageView.PAGE_BYTES).containsOnly(0);
    assertThat(GivenPages.vpAssistPage(null, new VpAssistValues(null, null, null)))
        .hasSize(PageView.PAGE_BYTES)
        .containsOnly(0);
    assertThat(GivenPages.page(null, fields)).hasSize(PageView.PAGE_BYTES).containsOnly(0);
  }

  @Test
  void aPageAloneIsNotCopiedAndNothingIsNoPage() {
    assertThat(GivenPages.evmcs(page, null)).isSameAs(page.bytes());
    assertThat(GivenPages.evmcs(null, null)).isNull();
    assertThat(GivenPages.vpAssistPage(null, null)).isNull();
    assertThat(GivenPages.page(null, null)).isNull();
  }
}
