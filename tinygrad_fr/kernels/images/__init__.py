"""Work on images: convolutions, pooling, resizing."""
