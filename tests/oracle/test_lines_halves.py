"""Half precision where the way overflows and the result does not, and powers at the ends, against PyTorch."""

from tests.oracle.lines import comparisons, table

BEGIN = """
h = T.float16
b = t([-0., 0., -inf, inf, nan, 2., -2., .5, 65504.], dtype=h)
big = t([600., -600., 300., 0.], dtype=h)
rows = t([[600., -600., 500., 2.], [300., 200., -100., 50.]], dtype=h)
def grad(f, x=rows): x = x.clone().requires_grad_(); y = f(x); y.sum().backward(); return y, x.grad
"""

EXPONENTS = (65503.0, 65503, 65504.0, 2, 3, -1, -2, 0.5, -0.5, 0, 1, 2.5, -65503.0, 5, -3)
PROGRAMS = {f"power {e!r}": f"R = grad(lambda x: x**({e!r}), b), ({e!r})**b" for e in EXPONENTS}
PROGRAMS |= table(r"""
product | R=grad(lambda x: x.prod(), t([300.,300.,.001,.01],dtype=h)), t([300.,300.,.001,.01],dtype=h).prod(dtype=T.float32)
product of a dimension | x=t([[300.,300.,.001,.01],[2.,3.,4.,5.]],dtype=h); R=[x.prod(d,keepdim=k) for d in (0,1,-1) for k in (False,True)],T.zeros(0,3,dtype=h).prod(0)
product of many | R=T.full((40,),1.5,dtype=h).prod()
variance | R=[grad(lambda x: f(x)) for f in (T.var,T.std,lambda x: x.var(1),lambda x: x.std(0,unbiased=False))],T.var_mean(big),T.std_mean(rows,1)
norms | R=big.norm(),rows.norm(dim=1),T.linalg.vector_norm(rows,dim=0),F.normalize(rows)
means and sums | x=t([60000.,60000.,-60000.,-50000.],dtype=h); R=x.sum(),x.mean(),x.view(2,2).mean(1),x.cumsum(0),x[:2].logsumexp(0),x.softmax(0),x.log_softmax(0)
layer norm | R=grad(lambda x: F.layer_norm(x,(4,))),grad(lambda x: F.layer_norm(x,(4,),T.ones(4,dtype=h)*2,T.ones(4,dtype=h)))
layer norm by its module | m=nn.LayerNorm(4).half(); y=m(rows); y.sum().backward(); R=y,m.weight.grad,m.bias.grad
rms norm | R=F.rms_norm(rows,(4,))
group norm | R=F.group_norm(rows.view(1,4,2),2),F.instance_norm(rows.view(1,2,4))
batch norm | R=F.batch_norm(rows,None,None,training=True)
average pools | x=t([[[60000.,60000.,-60000.,100.]]],dtype=h); R=F.avg_pool1d(x,2),F.avg_pool2d(x[None],(1,2)),F.adaptive_avg_pool1d(x,1)
sums of products | x=t([-60000.],dtype=h); y=t([300.],dtype=h); R=T.addcmul(x,y,y),T.addcmul(x,y,y,value=.5),T.addcdiv(x,y,t([.001],dtype=h)),T.add(x,y*100,alpha=3),T.sub(-x,y*100,alpha=3)
products | R=t([600.,600.],dtype=h).dot(t([600.,-600.],dtype=h)),t([[600.,600.]],dtype=h)@t([[600.],[-599.]],dtype=h),F.linear(t([[600.,600.]],dtype=h),t([[600.,-599.]],dtype=h))
losses | R=F.mse_loss(t([100.,100.],dtype=h),t([0.,1.],dtype=h)),F.huber_loss(big,big*0),F.cross_entropy(rows,t([0,1]))
activations | R=[grad(f,b) for f in (F.gelu,F.silu,F.mish,F.softplus,T.sigmoid,lambda x: F.gelu(x[:5],approximate='tanh'))][1:]
""")
PROGRAMS = {name: BEGIN + program for name, program in PROGRAMS.items()}

test_program, test_named = comparisons(PROGRAMS, set(), set(), set())
