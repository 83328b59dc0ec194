package io.vmxdecision.app.connection;

import jakarta.servlet.ServletException;
import java.io.IOException;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;
import org.apache.coyote.ActionCode;

/**
 * Closes the connection on HTTP/0.9, which Tomcat speaks: a request of one line, without a host, whose answer has
 * no status and no headers, so that nobody can tell it from a problem.
 */
final class NoHttp09 extends ValveBase {

  NoHttp09() {
    super(true);
  }

  @Override
  public void invoke(Request request, Response response) throws IOException, ServletException {
    if ("".equals(request.getProtocol())) { // null is what is no HTTP at all, and answered as HTTP/1.1
      request.getCoyoteRequest().action(ActionCode.CLOSE_NOW, null);
    } else {
      getNext().invoke(request, response);
    }
  }
}
