package io.vmxdecision.app.security;

import io.vmxdecision.app.contract.ApiPaths;
import jakarta.servlet.ServletException;
import java.io.IOException;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.http.HttpHeaders;
import org.springframework.stereotype.Component;

/**
 * Tells browsers what they may not do with answers. In front of everything that answers, Tomcat's own
 * refusals of malformed requests included, which no filter sees: so not Spring Security's headers.
 */
@Component
public class SecurityHeaders implements WebServerFactoryCustomizer<TomcatServletWebServerFactory> {
  /** Answers are data: no browser runs anything of them, or shows them within a page. */
  static final String POLICY = "default-src 'none'; frame-ancestors 'none'";

  /** The page that explores the API: its own scripts, and requests to where it comes from. */
  static final String PAGE_POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
          + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  /** The explorer: nothing inline, neither script nor style. */
  static final String EXPLORER_POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
          + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  @Override
  public void customize(TomcatServletWebServerFactory factory) {
    factory.addEngineValves(new HeaderValve());
  }

  private static final class HeaderValve extends ValveBase {

    HeaderValve() {
      super(true);
    }

    @Override
    public void invoke(Request request, Response response) throws IOException, ServletException {
      String path = request.getDecodedRequestURI();
      boolean page = isPage(path);
      response.setHeader("X-Content-Type-Options", "nosniff");
      response.setHeader("Content-Security-Policy",
          page ? PAGE_POLICY : isExplorer(path) ? EXPLORER_POLICY : POLICY);
      response.setHeader("X-Frame-Options", "DENY");
      response.setHeader("Referrer-Policy", "no-referrer");
      response.setHeader("Cross-Origin-Resource-Policy", "same-origin");
      response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
      if (!page) {
        response.setHeader(HttpHeaders.CACHE_CONTROL, "no-store"); // a guest's memory, read back
      }
      if (request.isSecure()) {
        response.setHeader("Strict-Transport-Security", "max-age=31536000");
      }
      getNext().invoke(request, response);
    }

    private static boolean isPage(@Nullable String path) {
      return path != null && path.startsWith(ApiPaths.API_PAGE);
    }

    private static boolean isExplorer(@Nullable String path) {
      return path != null && (path.equals("/") || path.startsWith(ApiPaths.EXPLORER + "/"));
    }
  }
}
