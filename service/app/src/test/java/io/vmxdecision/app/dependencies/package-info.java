/** What the service is made of: licences, and known vulnerabilities. */
@NullMarked
package io.vmxdecision.app.dependencies;

import org.jspecify.annotations.NullMarked;
