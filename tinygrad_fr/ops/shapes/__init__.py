"""Operations that move elements without computing: shapes, orders, borders, joins. Their derivatives move gradients back."""
