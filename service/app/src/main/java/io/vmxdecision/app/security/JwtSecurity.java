package io.vmxdecision.app.security;

import io.vmxdecision.app.contract.ApiPaths;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.security.oauth2.server.resource.autoconfigure.JwkSetUriJwtDecoderBuilderCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.security.authentication.ProviderManager;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configuration.EnableWebSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.core.Authentication;
import org.springframework.security.oauth2.core.OAuth2AuthenticationException;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.JwtTimestampValidator;
import org.springframework.security.oauth2.jwt.JwtTypeValidator;
import org.springframework.security.oauth2.server.resource.BearerTokenErrors;
import org.springframework.security.oauth2.server.resource.authentication.JwtAuthenticationConverter;
import org.springframework.security.oauth2.server.resource.authentication.JwtAuthenticationProvider;
import org.springframework.security.oauth2.server.resource.web.authentication.BearerTokenAuthenticationConverter;
import org.springframework.security.oauth2.server.resource.web.authentication.BearerTokenAuthenticationFilter;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.access.intercept.AuthorizationFilter;
import org.springframework.security.web.firewall.HttpFirewall;
import org.springframework.security.web.firewall.StrictHttpFirewall;
import org.springframework.web.servlet.HandlerExceptionResolver;

/**
 * The service as an OAuth 2.0 resource server (RFC 6750), on as soon as one of Spring Boot's properties
 * {@code spring.security.oauth2.resourceserver.jwt.*} is set: {@code issuer-uri}, {@code jwk-set-uri} or
 * {@code public-key-location}.
 *
 * <p>A request is let in by the token that it begins with. A stream goes on when its token expires: it was
 * let in as a whole, as any request is, however long that is under way.
 */
@Configuration(proxyBeanMethods = false)
@Conditional(OnResourceServerProperties.class)
@EnableWebSecurity
class JwtSecurity {
  /**
   * What needs no token. Kubernetes' probes and Prometheus have none and only learn whether the service is
   * well; the contract, its page and the explorer at / hold no data. Each is a path and everything below it.
   */
  private static final List<String> OPEN =
      List.of("/actuator/health", "/actuator/prometheus", "/v3/api-docs", "/v3/api-docs.yaml",
          ApiPaths.API_PAGE_ENTRY, ApiPaths.API_PAGE, ApiPaths.EXPLORER, ApiPaths.EXPLORER_LIBRARY);

  @Bean
  SecurityFilterChain bearerTokens(HttpSecurity http, JwtAuthenticationProvider tokens,
      BearerProblems problems) {
    BearerTokenAuthenticationFilter filter =
        new BearerTokenAuthenticationFilter(new ProviderManager(tokens), JwtSecurity::oneToken);
    filter.setAuthenticationEntryPoint(problems);
    filter.setAuthenticationFailureHandler(problems::commence);
    String[] eitherScope = {Scopes.authority(Scopes.READ), Scopes.authority(Scopes.DECIDE)};
    String decide = Scopes.authority(Scopes.DECIDE);
    return http.securityMatcher(request -> !isOpen(request))
        .addFilterBefore(filter, AuthorizationFilter.class)
        .authorizeHttpRequests(
            requests -> requests
                .dispatcherTypeMatchers(DispatcherType.ERROR, DispatcherType.ASYNC)
                .permitAll() // part of a request that was let in, or refused
                .requestMatchers(HttpMethod.GET, ApiPaths.API + "**")
                .hasAnyAuthority(eitherScope)
                .requestMatchers(HttpMethod.HEAD, ApiPaths.API + "**")
                .hasAnyAuthority(eitherScope)
                .requestMatchers(ApiPaths.API + "**")
                .hasAuthority(decide)
                .anyRequest()
                .authenticated())
        .exceptionHandling(
            handling -> handling.authenticationEntryPoint(problems).accessDeniedHandler(problems))
        .sessionManagement(session -> session.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
        .csrf(AbstractHttpConfigurer::disable) // a browser never sends a token by itself
        .headers(AbstractHttpConfigurer::disable) // SecurityHeaders, which are on every answer
        .requestCache(AbstractHttpConfigurer::disable)
        .logout(AbstractHttpConfigurer::disable)
        .build();
  }

  /** Two headers may be two tokens, of which a gateway may have looked at the other one. */
  private static @Nullable Authentication oneToken(HttpServletRequest request) {
    if (Collections.list(request.getHeaders(HttpHeaders.AUTHORIZATION)).size() > 1) {
      throw new OAuth2AuthenticationException(
          BearerTokenErrors.invalidRequest("There is more than one header Authorization."));
    }
    return new BearerTokenAuthenticationConverter().convert(request);
  }

  private static boolean isOpen(HttpServletRequest request) {
    String path = request.getServletPath();
    return path.equals("/")
        || OPEN.stream().anyMatch(open -> path.equals(open) || path.startsWith(open + "/"));
  }

  @Bean
  JwtAuthenticationProvider tokens(
      ObjectProvider<JwtDecoder> decoders, ObjectProvider<JwtAuthenticationConverter> converter) {
    JwtDecoder decoder = decoders.getIfAvailable();
    if (decoder == null) {
      throw new IllegalStateException(
          OnResourceServerProperties.PREFIX + ".* is set, but neither jwt.issuer-uri, jwt.jwk-set-uri nor"
              + " jwt.public-key-location says which keys sign tokens");
    }
    JwtAuthenticationProvider provider =
        new JwtAuthenticationProvider(new IssuerKeys.Discovery(decoder));
    converter.ifAvailable(provider::setJwtAuthenticationConverter);
    return provider;
  }

  @Bean
  JwkSetUriJwtDecoderBuilderCustomizer issuerKeys() {
    return builder -> builder.jwtProcessorCustomizer(IssuerKeys::limit);
  }

  @Bean
  BearerProblems bearerProblems(@Qualifier("handlerExceptionResolver") HandlerExceptionResolver problems) {
    return new BearerProblems(problems);
  }

  /** Refuses a token that never expires. */
  @Bean
  JwtTimestampValidator timestamps() {
    JwtTimestampValidator validator = new JwtTimestampValidator();
    validator.setAllowEmptyExpiryClaim(false);
    return validator;
  }

  /** Takes access tokens of RFC 9068, which say what they are, and those that do not. */
  @Bean
  JwtTypeValidator types() {
    JwtTypeValidator validator = new JwtTypeValidator("JWT", "at+jwt", "application/at+jwt");
    validator.setAllowEmpty(true);
    return validator;
  }

  /** Paths are looked at twice. What may stand in headers and parameters, Tomcat and this service judge. */
  @Bean
  HttpFirewall firewall() {
    StrictHttpFirewall firewall = new StrictHttpFirewall();
    firewall.setUnsafeAllowAnyHttpMethod(true); // not there is 405, as without tokens
    firewall.setAllowedHeaderNames(name -> true);
    firewall.setAllowedHeaderValues(value -> true);
    firewall.setAllowedParameterNames(name -> true);
    firewall.setAllowedParameterValues(value -> true);
    return firewall;
  }
}
