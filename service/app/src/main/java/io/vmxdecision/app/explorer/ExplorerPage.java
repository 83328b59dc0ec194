package io.vmxdecision.app.explorer;

import io.vmxdecision.app.contract.ApiPaths;
import java.util.List;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.Resource;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.RouterFunctions;
import org.springframework.web.servlet.function.ServerRequest;
import org.springframework.web.servlet.function.ServerResponse;

/** Answers a browser at {@code /}. Whoever does not ask for HTML by name gets what they got without the explorer. */
@Configuration(proxyBeanMethods = false)
class ExplorerPage {
  private static final Resource PAGE =
      new ClassPathResource("static" + ApiPaths.EXPLORER + "/index.html");

  @Bean
  RouterFunction<ServerResponse> browserAtTheRoot() {
    return RouterFunctions.route(
        ExplorerPage::isBrowser,
        request -> ServerResponse.ok()
            .contentType(MediaType.TEXT_HTML)
            .varyBy(HttpHeaders.ACCEPT)
            .body(PAGE));
  }

  private static boolean isBrowser(ServerRequest request) {
    return request.path().equals("/")
        && List.of(HttpMethod.GET, HttpMethod.HEAD).contains(request.method())
        && request.headers().header(HttpHeaders.ACCEPT).stream()
            .anyMatch(accept -> accept.contains(MediaType.TEXT_HTML_VALUE));
  }
}
