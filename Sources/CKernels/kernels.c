#include "CKernels.h"
int tenon_kernels(void){return 1;}
