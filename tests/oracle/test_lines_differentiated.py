"""Derivatives of derivatives, functions of one's own, transforms of functions, and tensors detached and attached again, against PyTorch."""

import pytest
import torch

import tinygrad_fr as tg
from tests.oracle.lines import comparisons, table

BEGIN = """
T.set_default_dtype(T.double)
p = t([1.0, 2.0, 3.0], requires_grad=True)
x = T.randn(3, 3)
m = nn.Sequential(nn.Linear(3, 4), nn.Softplus(), nn.Linear(4, 1))
fc, A = T.func, T.autograd
def twice(f, a=None):
    a = (x if a is None else a).clone().requires_grad_(); y = f(a)
    g, = A.grad(((y + 2)**3).sum(), a, create_graph=True)
    if not g.requires_grad: return y, g
    h, = A.grad((g * T.arange(1., g.numel() + 1).reshape(g.shape)).sum(), a, create_graph=True, allow_unused=True)
    k = A.grad(h.pow(2).sum(), a, allow_unused=True)[0] if h is not None and h.requires_grad else None
    return y, g, h, k
"""

# Functions of a 3 × 3 matrix of which three derivatives are taken.
CURVES = {
    "normalized rows": "F.normalize(a, dim=1)", "layer norm": "F.layer_norm(a, (3,), T.ones(3) * 2)", "batch norm": "F.batch_norm(a, None, None, training=True)",
    "group norm": "F.group_norm(a[None].transpose(1, 2), 1)", "rms norm": "F.rms_norm(a, (3,))", "softmax": "a.softmax(1)", "log softmax": "a.log_softmax(0)",
    "logsumexp": "a.logsumexp(1)", "gelu": "F.gelu(a)", "gelu by tanh": "F.gelu(a, approximate='tanh')", "silu": "F.silu(a)", "mish": "F.mish(a)", "elu": "F.elu(a)",
    "celu": "F.celu(a, .5)", "selu": "F.selu(a)", "softplus": "F.softplus(a, 2)", "softsign": "F.softsign(a)", "logsigmoid": "F.logsigmoid(a)", "tanhshrink": "F.tanhshrink(a)",
    "hardswish": "F.hardswish(a)", "leaky": "F.leaky_relu(a, .2)", "prelu": "F.prelu(a, t([.3]))", "glu": "F.glu(T.cat([a, a * 2], 1))", "entropy": "F.cross_entropy(a, t([0, 2, 1]))",
    "smoothed entropy": "F.cross_entropy(a, t([0, 2, 1]), label_smoothing=.2, reduction='none')", "binary entropy": "F.binary_cross_entropy_with_logits(a, T.eye(3))",
    "divergence": "F.kl_div(a.log_softmax(1), T.full((3, 3), 1/3), reduction='sum')", "huber": "F.huber_loss(a, T.zeros(3, 3), delta=.5)", "cosine": "F.cosine_similarity(a, a.flip(0), 1)",
    "distances": "T.cdist(a, a.flip(1) + 1)", "pairs": "F.pairwise_distance(a, T.ones(3, 3))", "norm": "a.norm()", "norm of 3": "a.norm(3, dim=1)", "norm of rows": "T.linalg.norm(a, dim=1)",
    "variance": "a.var(1)", "deviation": "a.std(0)", "product": "a.prod(1)", "running product": "a.cumprod(1)", "running sum": "a.cumsum(0).exp()", "running logsumexp": "a.logcumsumexp(1)",
    "inverse": "T.linalg.inv(a + 4 * T.eye(3))", "determinant": "T.linalg.det(a)", "log determinant": "T.logdet(a @ a.t() + T.eye(3))", "solved": "T.linalg.solve(a + 4 * T.eye(3), T.ones(3))",
    "cholesky": "T.linalg.cholesky(a @ a.t() + T.eye(3))", "eigenvalues": "T.linalg.eigvalsh(a @ a.t())", "singular values": "T.linalg.svdvals(a)", "power": "(a.abs() + 1) ** a",
    "root": "(a**2 + 1).sqrt()", "arctangent": "T.atan2(a, a.t() + 2)", "error function": "T.erf(a)", "log gamma": "T.lgamma(a.abs() + 1)", "largest": "a.max(1)[0]", "sorted": "a.sort(1)[0] ** 2",
    "chosen": "a.gather(1, t([[0], [2], [1]])) ** 2", "rows": "a[[0, 0, 2]].sin()", "rolled": "a.roll(1, 0) * a", "folded": "a.unfold(1, 2, 1).prod(-1)", "convolved": "F.conv1d(a[None], a[None, :, :2])",
    "pooled": "F.avg_pool1d(a[None], 2) ** 2", "resized": "F.interpolate(a[None], scale_factor=2, mode='linear')", "einsum": "T.einsum('ij,jk,ik->i', a, a, a)", "bilinear": "F.bilinear(a, a, T.ones(2, 3, 3))",
    "attention": "F.scaled_dot_product_attention(a[None], a[None], a[None], is_causal=True)", "where": "T.where(a > 0, a**3, a.exp())", "clamped": "a.clamp(-.5, .5) * a", "sinc": "T.sinc(a)",
    "in place": "(a * 1).mul_(a).add_(a).exp_()", "written": "T.zeros(3, 3).index_put((t([0, 1]),), a[:2] ** 2) * a", "scattered": "T.zeros(3, 3).scatter_add(1, t([[0, 0, 1], [2, 2, 2], [1, 0, 1]]), a) ** 2",
}  # fmt: skip

WORK = table(r"""
gradient and value | f=lambda a:(a.sin()*a).sum(); R=fc.grad_and_value(f)(x[0]),fc.grad(f)(x[0]),fc.vmap(fc.grad_and_value(f))(x)
gradients by several arguments | f=lambda a,b:(a*b.exp()).sum(); R=fc.grad(f,argnums=(0,1))(x[0],x[1]),fc.grad(f,argnums=1)(x[0],x[1]),fc.jacrev(f,argnums=(0,1))(x[0],x[1]),fc.hessian(f,argnums=0)(x[0],x[1])
gradients with something beside | f=lambda a:((a**2).sum(),{'y':a*2}); R=fc.grad(f,has_aux=True)(x[0]),fc.vjp(f,x[0],has_aux=True)[0],fc.vjp(f,x[0],has_aux=True)[2]
gradients of trees | f=lambda d:(d['a']*d['b'][0]).sum()+d['b'][1].exp().sum(); R=fc.grad(f)({'a':x[0],'b':(x[1],x[2])})
jacobians both ways | f=lambda a:T.stack([a.sum(),(a**2).prod(),a[0]*a[1]]); R=fc.jacrev(f)(x[0]),fc.jacfwd(f)(x[0]),A.functional.jacobian(f,x[0]),A.functional.hessian(lambda a:f(a).sum(),x[0]),fc.jacrev(fc.jacrev(f))(x[0]),fc.jacfwd(fc.jacrev(f))(x[0])
products with vectors | f=lambda a:a.sin()*a.sum(); R=fc.jvp(f,(x[0],),(x[1],)),fc.vjp(f,x[0])[1](x[1]),A.functional.vjp(f,x[0],x[1]),A.functional.jvp(f,x[0],x[1]),A.functional.hvp(lambda a:f(a).sum(),x[0],x[1]),A.functional.vhp(lambda a:f(a).sum(),x[0],x[1])
vmap in many ways | R=fc.vmap(T.dot)(x,x),fc.vmap(lambda a,b:a@b,in_dims=(0,None))(x,x),fc.vmap(lambda a:a*2,in_dims=1,out_dims=1)(x),fc.vmap(fc.vmap(lambda a:a.abs()))(x),fc.vmap(lambda d:d['a'].sum())({'a':x}),fc.vmap(lambda a,b:(a+b,a*b),in_dims=(0,0))(x,x[0]),fc.vmap(lambda a:a.softmax(0))(x),fc.vmap(lambda a:T.where(a>0,a,a*0))(x),fc.vmap(lambda a:F.one_hot(a.argmax(),3) if 0 else a.max())(x),fc.vmap(lambda a:a.var(),chunk_size=2)(x)
functional_call with others | w={k:v*2 for k,v in m.named_parameters()}; R=fc.functional_call(m,w,(x,)),m(x),fc.grad(lambda w:fc.functional_call(m,w,(x,)).sum())({k:v.detach() for k,v in w.items()}),fc.vmap(lambda a:fc.functional_call(m,w,(a,)))(x)
an ensemble | M_=[nn.Linear(3,2) for _ in range(3)]; q,b=fc.stack_module_state(M_); R=fc.vmap(lambda q,b,a:fc.functional_call(M_[0],(q,b),(a,)),in_dims=(0,0,None))(q,b,x)
a step inside a step | w=[q.detach().clone().requires_grad_() for q in m.parameters()]; f=lambda w,a:(F.linear(F.softplus(F.linear(a,w[0],w[1])),w[2],w[3])**2).mean(); g=A.grad(f(w,x),w,create_graph=True); v=[a-.1*b for a,b in zip(w,g)]; g=A.grad(f(v,x*2),v,create_graph=True); v=[a-.1*b for a,b in zip(v,g)]; R=A.grad(f(v,x*3),w)
unrolled for a rate | r=t(.1,requires_grad=True); w=t([1.,2.],requires_grad=True)\nfor _ in range(3): l=(w**4).sum(); g,=A.grad(l,w,create_graph=True); w=w-r*g*.01\n(w**2).sum().backward(); R=r.grad,w
a penalty on gradients | z=x.clone().requires_grad_(); g,=A.grad(m(z).sum(),z,create_graph=True); ((g.norm(dim=1)-1)**2).mean().backward(); R=z.grad,[q.grad for q in m.parameters()]
a physical equation | z=x[:,:1].clone().requires_grad_(); n=nn.Sequential(nn.Linear(1,4),nn.Tanh(),nn.Linear(4,1)); y=n(z); d,=A.grad(y.sum(),z,create_graph=True); e,=A.grad(d.sum(),z,create_graph=True); l=((e+y)**2).mean()+(n(T.zeros(1,1))**2).sum(); l.backward(); R=l,d,e,[q.grad for q in n.parameters()]
a Hessian's diagonal | z=x[0].clone().requires_grad_(); g,=A.grad((z**3).sum()+z.prod(),z,create_graph=True); R=[A.grad(g[i],z,retain_graph=True)[0][i] for i in range(3)],A.grad(g,z,T.ones(3))
Fisher's information | w={k:v.detach() for k,v in m.named_parameters()}; g=fc.vmap(fc.grad(lambda w,a:fc.functional_call(m,w,(a,)).squeeze()),in_dims=(None,0))(w,x); J=T.cat([v.flatten(1) for v in g.values()],1); R=J.t()@J,J@J.t()
detached halves | y=p*2; z=y.detach()*p+y; z.sum().backward(); q=p.detach().requires_grad_(); (q*y.detach()).sum().backward(); R=p.grad,q.grad,y.detach().requires_grad,z.grad_fn is not None,q.is_leaf
attached again | q=T.ones(2); a=q*3; q.requires_grad_(); b=q*3; (a+b).sum().backward(); q.requires_grad_(False); c=q*3; R=q.grad,a.requires_grad,c.requires_grad,q.is_leaf
a leaf that cannot be freed | y=p*2; y.requires_grad_(False)
frozen in the middle | m[0].requires_grad_(False); z=x.clone().requires_grad_(); m(z).sum().backward(); R=z.grad,[q.grad is None for q in m.parameters()]
only some inputs | y=(p**2).sum(); z=x.clone().requires_grad_(); (y+(z*p).sum()).backward(inputs=[z]); R=p.grad,z.grad
gone through twice | y=(p**2).sum(); y.backward(retain_graph=True); y.backward(); R=p.grad
gradients weighted | y=p**2; y.backward(t([1.,0.,2.])); R=p.grad,A.grad([p*2,p**2],p,[T.ones(3),t([1.,2.,3.])])
of nothing | g=A.grad(p.sum(),[p,x.requires_grad_()],allow_unused=True); R=g,A.grad(p.sum(),[x],materialize_grads=True)
of nothing is refused | A.grad(p.sum(),x.requires_grad_())
without a record is refused | x.sum().backward()
of a vector is refused | (p*2).backward()
hooks that change gradients | y=p*2; y.register_hook(lambda g:g*3); h=p.register_hook(lambda g:g.clamp(max=5)); p.register_hook(lambda g:g+1); (y*t([1.,.5,.1])).sum().backward(); a=p.grad.clone(); h.remove(); p.grad=None; (y if 0 else p*20).sum().backward(); R=a,p.grad
hooks of modules | L_=[]; h=m[0].register_forward_hook(lambda k,i,o:o*2); g=m[2].register_forward_pre_hook(lambda k,i:(i[0]+1,)); m.register_full_backward_hook(lambda k,i,o:L_.append((i[0] is None,o[0].shape))); y=m(x); y.sum().backward(); h.remove(); g.remove(); R=y,m(x),str(L_),[q.grad for q in m.parameters()]
a backward hook that changes | m[1].register_full_backward_hook(lambda k,i,o:(i[0]*0,)); z=x.clone().requires_grad_(); m(z).sum().backward(); R=z.grad,[q.grad for q in m.parameters()]
gradients kept on the way | y=p*2; y.retain_grad(); z=y.exp(); z.retain_grad(); z[1:].sum().backward(); R=y.grad,z.grad,p.grad
a cube of one's own | \nclass C(A.Function):\n @staticmethod\n def forward(c,a): c.save_for_backward(a); return a**3\n @staticmethod\n def backward(c,g): a,=c.saved_tensors; return 3*a**2*g\nR=twice(C.apply)
an exponential that saves its result | \nclass C(A.Function):\n @staticmethod\n def forward(c,a): y=a.exp(); c.save_for_backward(y); return y\n @staticmethod\n def backward(c,g): y,=c.saved_tensors; return g*y\nR=twice(C.apply)
a product that asks what is needed | L_=[]\nclass C(A.Function):\n @staticmethod\n def forward(c,a,b,k=2): c.save_for_backward(a,b); c.k=k; return a*b*k\n @staticmethod\n def backward(c,g): a,b=c.saved_tensors; L_.append(c.needs_input_grad); return (g*b*c.k if c.needs_input_grad[0] else None),(g*a*c.k if c.needs_input_grad[1] else None),None\n(C.apply(p,x[0],3).sum()+C.apply(x[0],p).sum()).backward(); R=p.grad,str(L_)
gradients that are not materialized | \nclass C(A.Function):\n @staticmethod\n def forward(c,a): c.set_materialize_grads(False); return a*2,a*3\n @staticmethod\n def backward(c,g,h): return (0 if g is None else g*2)+(0 if h is None else h*3)\na,b=C.apply(p); b.sum().backward(); R=p.grad,a
too many gradients are refused | \nclass C(A.Function):\n @staticmethod\n def forward(c,a): return a*2\n @staticmethod\n def backward(c,g): return g,g\nC.apply(p).sum().backward()
a gradient of another shape is refused | \nclass C(A.Function):\n @staticmethod\n def forward(c,a): return a*2\n @staticmethod\n def backward(c,g): return g[:2]\nC.apply(p).sum().backward()
in a function of one's own nothing is recorded | \nclass C(A.Function):\n @staticmethod\n def forward(c,a): y=a*2; c.r=y.requires_grad,T.is_grad_enabled(); return y\n @staticmethod\n def backward(c,g): C.b=T.is_grad_enabled(); return g*2\ny=C.apply(p); y.sum().backward(); R=y.requires_grad,C.b,p.grad,y.grad_fn is not None
differentiable once | \nclass C(A.Function):\n @staticmethod\n def forward(c,a): c.save_for_backward(a); return a**2\n @staticmethod\n @A.function.once_differentiable\n def backward(c,g): a,=c.saved_tensors; return 2*a*g\ng,=A.grad(C.apply(p).sum(),p,create_graph=True); R=g; g.sum().backward()
checked | R=A.gradcheck(lambda a:a.sin()*a,t([1.,2.],dtype=T.double,requires_grad=True)),A.gradgradcheck(lambda a:a**3,t([1.,2.],dtype=T.double,requires_grad=True))
changed after it was read is refused | y=p*1; z=y.exp(); q=y*y; y.add_(1); q.sum().backward()
a result that was changed is refused | y=p.exp(); y.mul_(2); y.sum().backward()
changed where nothing reads | y=p*1; z=y+2; y.mul_(3); (z.sum()+y.sum()).backward(); R=p.grad
changed in halves | y=p*2; y[0]=y[1].clone()*y[2].clone(); y[1:]+=y[:2].clone(); (y**2).sum().backward(); R=p.grad,y
changed in a loop | y=T.zeros(4); q=p*1\nfor i in range(3): y[i+1]=y[i].clone()*q[i]+q[i]\ny.sum().backward(); R=p.grad,y
changed under no_grad | y=p*2\nwith T.no_grad(): y.mul_(2)\ny.sum().backward(); R=p.grad,y
modes inside modes | L_=[]\nwith T.no_grad():\n a=p*2\n with T.enable_grad(): b=p*2\n with T.set_grad_enabled(False): c=p*2\n@T.no_grad()\ndef f(): return p*2\n@T.enable_grad()\ndef g(): return p*2\nwith T.no_grad(): d=g()\nwith T.inference_mode(): e=p*2\nR=[q.requires_grad for q in (a,b,c,f(),d,e)],T.is_grad_enabled()
anomalies | \nwith A.detect_anomaly():\n y=(p-1).sqrt()*0; y.sum().backward()
a checkpoint | z=x.clone().requires_grad_(); y=T.utils.checkpoint.checkpoint(m,z,use_reentrant=False); y.sum().backward(); R=y,z.grad,[q.grad for q in m.parameters()]
complex numbers | z=T.complex(p.detach(),p.detach()); R=T.view_as_real(z)
""")

PROGRAMS = {f"three times {name}": BEGIN + f"R = twice(lambda a: {text})" for name, text in CURVES.items()}
PROGRAMS |= {
    f"{name}, compiled": BEGIN + f"f = lambda a: {text}\nR = compiled(lambda a: twice(f, a))(x), compiled(f)(x * 2)"
    for name, text in CURVES.items()
}
PROGRAMS |= {name: BEGIN + program.lstrip("\n") for name, program in WORK.items()}
# PyTorch differentiates the second derivatives of these as if their mean and rate were constants, and gives NaN for a running
# logsumexp; central differences of ours agree with ours.
THIRD = [f"{kind}{name}" for name in ("layer norm", "batch norm", "running logsumexp") for kind in ("three times ", "")]
OTHER = {name if name.startswith("three") else f"{name}, compiled" for name in THIRD}
COMPUTED = {"three times distances", "distances, compiled"}


@pytest.fixture(autouse=True)
def _floats():
    yield
    torch.set_default_dtype(torch.float32)
    tg.set_default_dtype(tg.float32)


test_program, test_named = comparisons(PROGRAMS, COMPUTED, {"complex numbers"}, OTHER)
