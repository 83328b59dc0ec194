/**
 * Who may use the API, when that is told by tokens. Off by default; with it off nothing of Spring
 * Security stands in the way of a request.
 */
@NullMarked
package io.vmxdecision.app.security;

import org.jspecify.annotations.NullMarked;
