/** What the container image needs beside the service. */
@NullMarked
package io.vmxdecision.image;

import org.jspecify.annotations.NullMarked;
