package io.vmxdecision.engine.bytes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class PageTranslationsTest {
  private final PageTranslations translations = new PageTranslations();

  @Test
  void theOffsetInThePageIsKept() {
    translations.add(0x7000, 0x1_2000);
    translations.add(0xffff_ffff_ffff_f000L, 0x3000);
    assertThat(translations.translate(0x7abc)).isEqualTo(0x1_2abc);
    assertThat(translations.translate(0xffff_ffff_ffff_fffeL)).isEqualTo(0x3ffe);
    assertThat(translations.translate(0x8000)).isEqualTo(PageTranslations.NONE);
  }

  @Test
  void aPageHasOneTranslation() {
    assertThat(translations.add(0x7000, 0x1000)).isTrue();
    assertThat(translations.add(0x7000, 0x2000)).isFalse();
    assertThat(translations.translate(0x7000)).isEqualTo(0x1000);
  }

  @Test
  void onlyPagesAreTranslated() {
    assertThatThrownBy(() -> translations.add(0x7001, 0x1000)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> translations.add(0x7000, 0x1800)).isInstanceOf(IllegalArgumentException.class);
  }
}
