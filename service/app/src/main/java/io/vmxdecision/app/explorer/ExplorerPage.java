package io.vmxdecision.app.explorer;

import io.swagger.v3.oas.annotations.Hidden;
import io.vmxdecision.app.contract.ApiPaths;
import java.net.URI;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.Resource;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestHeader;

/** Answers a browser at {@code /}. Whoever does not ask for HTML by name is led to the API page. */
@Controller
@Hidden
class ExplorerPage {
  private static final Resource PAGE =
      new ClassPathResource("static" + ApiPaths.EXPLORER + "/index.html");

  @GetMapping("/")
  ResponseEntity<Resource> root(
      @RequestHeader(name = HttpHeaders.ACCEPT, required = false) @Nullable String accept) {
    if (accept != null && accept.contains(MediaType.TEXT_HTML_VALUE)) {
      return ResponseEntity.ok()
          .contentType(MediaType.TEXT_HTML)
          .varyBy(HttpHeaders.ACCEPT)
          .body(PAGE);
    }
    return ResponseEntity.status(HttpStatus.FOUND)
        .location(URI.create(ApiPaths.API_PAGE_ENTRY))
        .varyBy(HttpHeaders.ACCEPT)
        .build();
  }
}
