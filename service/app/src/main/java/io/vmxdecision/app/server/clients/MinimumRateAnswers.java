package io.vmxdecision.app.server.clients;

import io.vmxdecision.app.contract.ApiPaths;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/** Paces the answers outside of the API. Those of the API are paced where their requests are admitted. */
@Component
class MinimumRateAnswers extends OncePerRequestFilter {
  private static final MinimumRateResponse.Waiting HOLDS_NOTHING = new MinimumRateResponse.Waiting() {
    @Override
    public void lend() {}

    @Override
    public void takeBack() {}
  };

  private final ClientLimits limits;

  MinimumRateAnswers(ClientLimits limits) {
    this.limits = limits;
  }

  @Override
  protected boolean shouldNotFilter(HttpServletRequest request) {
    return request.getServletPath().startsWith(ApiPaths.API);
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    chain.doFilter(request, new MinimumRateResponse(response, limits, HOLDS_NOTHING));
  }
}
