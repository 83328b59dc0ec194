/**
 * The contract of the API at work: the schemas that OpenAPI serves are the ones that requests are
 * held against.
 */
@NullMarked
package io.vmxdecision.app.contract;

import org.jspecify.annotations.NullMarked;
