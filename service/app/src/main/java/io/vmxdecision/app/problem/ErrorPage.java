package io.vmxdecision.app.problem;

import io.swagger.v3.oas.annotations.Hidden;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.springframework.boot.webmvc.error.ErrorController;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Where requests go that failed outside of the controllers, in place of Spring Boot's own page. */
@RestController
@Hidden
class ErrorPage implements ErrorController {

  @RequestMapping("/error")
  void error(HttpServletRequest request, HttpServletResponse response) {
    if (response.isCommitted()) {
      return; // the client went while it was being answered
    }
    Object status = request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE);
    ProblemKind kind =
        status instanceof Integer code ? ProblemKind.of(code) : ProblemKind.NOT_FOUND;
    throw new RejectedRequestException(kind, kind.title() + ".");
  }
}
