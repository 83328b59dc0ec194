package io.vmxdecision.app.security;

import java.util.Map;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.Condition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.type.AnnotatedTypeMetadata;

/**
 * Whether anything is said of tokens. Any property will do: where one is misspelled or empty, the service
 * shall not start, instead of starting without tokens.
 */
final class OnResourceServerProperties implements Condition {
  static final String PREFIX = "spring.security.oauth2.resourceserver";

  @Override
  public boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
    return Binder.get(context.getEnvironment())
        .bind(PREFIX, Bindable.mapOf(String.class, Object.class))
        .map(properties -> !Map.of().equals(properties))
        .orElse(false);
  }
}
