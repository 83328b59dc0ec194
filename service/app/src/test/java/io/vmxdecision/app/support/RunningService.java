package io.vmxdecision.app.support;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;

/**
 * The whole service on a free port; all tests that have this annotation share one. However busy the machine is, it
 * refuses nobody for having waited.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT, properties = {
  "server.address=127.0.0.1", "vmx-decision.overload.max-wait=10m"
})
public @interface RunningService {}
