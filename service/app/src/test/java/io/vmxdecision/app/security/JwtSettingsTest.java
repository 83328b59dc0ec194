package io.vmxdecision.app.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.app.support.RunningService;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;

/** What turns tokens on, and what stays away as long as nothing does. */
@RunningService
@ExtendWith(OutputCaptureExtension.class)
class JwtSettingsTest {
  private final ApplicationContext context;

  JwtSettingsTest(ApplicationContext context) {
    this.context = context;
  }

  @Test
  void withoutASettingNoFilterOfSpringSecurityAndNoPasswordIsThere(CapturedOutput log) {
    assertThat(context.containsBean("springSecurityFilterChain")).isFalse();
    assertThat(context.containsBean("inMemoryUserDetailsManager")).isFalse();
    assertThat(log.getAll()).doesNotContain("password");
  }

  /** So that a slip in a setting is noticed, and not taken for "no tokens". */
  @Test
  void whateverIsSaidOfTokensTurnsThemOn() {
    ApplicationContextRunner runner = new ApplicationContextRunner().withUserConfiguration(Marked.class);
    runner.run(started -> assertThat(started).doesNotHaveBean("mark"));
    for (String setting : new String[]{
      "jwt.issuer-uri=https://issuer.test", "jwt.issuer-url=https://issuer.test", "jwt.issuer-uri=",
      "jwt.audiences=vmx", "jwt.publicKeyLocation=file:key.pem", "jwtt.issuer-uri=x",
      "opaquetoken.client-id=x"
    }) {
      runner
          .withPropertyValues("spring.security.oauth2.resourceserver." + setting)
          .run(started -> assertThat(started).as(setting).hasBean("mark"));
    }
  }

  @Conditional(OnResourceServerProperties.class)
  static class Marked {
    @Bean
    String mark() {
      return "on";
    }
  }
}
