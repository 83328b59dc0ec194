/* Written for this project: see kvm_util.h. */
#include "kvm_util.h"
