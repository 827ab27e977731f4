"""Operations on images and signals: convolution, pooling, interpolation, sampling by a grid."""
