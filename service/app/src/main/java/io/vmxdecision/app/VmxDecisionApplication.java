package io.vmxdecision.app;

import io.vmxdecision.app.artefact.ExplainCommand;
import io.vmxdecision.app.audit.AuditCommand;
import io.vmxdecision.app.replay.ReplayCommand;
import java.io.Console;
import java.util.Arrays;
import java.util.List;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.boot.security.autoconfigure.UserDetailsServiceAutoConfiguration;
import org.springframework.boot.security.autoconfigure.actuate.web.servlet.ManagementWebSecurityAutoConfiguration;
import org.springframework.boot.security.autoconfigure.web.servlet.ServletWebSecurityAutoConfiguration;

/**
 * Starts the service, or runs the command that the first argument names. Excluded is what would lock it up
 * with a password of its own as soon as Spring Security is there; what locks it up when told to is {@code
 * security.JwtSecurity}.
 */
@SpringBootApplication(exclude = {
  ManagementWebSecurityAutoConfiguration.class,
  ServletWebSecurityAutoConfiguration.class,
  UserDetailsServiceAutoConfiguration.class
})
@ConfigurationPropertiesScan
class VmxDecisionApplication {

  static void main(String[] args) {
    List<String> arguments = Arrays.asList(args);
    if (!arguments.isEmpty() && arguments.getFirst().equals(ReplayCommand.NAME)) {
      ReplayCommand command = new ReplayCommand(System.in, System.out, System.err);
      System.exit(command.run(arguments.subList(1, arguments.size())));
    }
    if (!arguments.isEmpty() && arguments.getFirst().equals(AuditCommand.NAME)) {
      AuditCommand command = new AuditCommand(System.in, System.out, System.err, isOnTerminal());
      System.exit(command.run(arguments.subList(1, arguments.size())));
    }
    if (!arguments.isEmpty() && arguments.getFirst().equals(ExplainCommand.NAME)) {
      ExplainCommand command = new ExplainCommand(System.in, System.out, System.err);
      System.exit(command.run(arguments.subList(1, arguments.size())));
    }
    SpringApplication.run(VmxDecisionApplication.class, args);
  }

  @SuppressWarnings("SystemConsoleNull") // null with the console that JDK 25 has by default
  private static boolean isOnTerminal() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }
}
