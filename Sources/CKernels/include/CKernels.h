int tenon_kernels(void);
