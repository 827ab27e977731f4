"""What is asked of automatic differentiation: views and writes, hooks, functions of one's own, transforms of functions, special points, against PyTorch."""

from tests.oracle.lines import comparisons, table
from tests.oracle.test_lines_strangers import BEGIN

PROGRAMS = {
    name: BEGIN + program.lstrip("\n")
    for name, program in table(r"""
grad of sum of views | a=p*1; b=a[:2]; c=a[1:]; b.mul_(2); c.add_(b.sum()); (a**2).sum().backward(); R=a,p.grad
in-place on expanded source | a=p*1; e=a.expand(2,3); z=(e*e).sum(); z.backward(); R=p.grad
relu in place chain | a=p-2; a.relu_().mul_(3).add_(1); a.sum().backward(); R=a,p.grad
copy_ grads | a=T.zeros(3); a.copy_(p); b=T.zeros(2,3); b[1].copy_(p*2); (a.sum()*b.sum()).backward(); R=p.grad
index chain | a=p[t([0,2])][:1]; b=p[None,:,None].expand(2,3,2)[:,1]; (a.sum()*b.sum()).backward(); R=p.grad
fill_ with tensor | a=p*1; a[0].fill_(p[1].detach()*5); (a**2).sum().backward(); R=a,p.grad
accumulate grads twice | l=(p**2).sum(); l.backward(retain_graph=True); l.backward(retain_graph=True); R=p.grad; g=p.grad; l.backward(); R=R,g is p.grad,g
create graph then step | g,=T.autograd.grad((p**3).sum(),p,create_graph=True); h,=T.autograd.grad(g.sum(),p,create_graph=True); k,=T.autograd.grad(h.sum(),p); R=g,h,k
grad outputs list | a,b=p*2,p**2; R=T.autograd.grad([a,b],p,[T.ones(3),t([1.,0.,2.])])
allow unused | q=nn.Parameter(T.ones(2)); R=T.autograd.grad(p.sum(),[p,q],allow_unused=True)
backward inputs | q=nn.Parameter(T.ones(3)); (p*q).sum().backward(inputs=[q]); R=p.grad,q.grad
hooks order and values | V=[]; a=p*2; a.register_hook(lambda g:V.append(g.clone())); p.register_hook(lambda g:g*3); b=a*a; b.sum().backward(); R=V,p.grad
hook removed | h=p.register_hook(lambda g:g*0); h.remove(); p.sum().backward(); R=p.grad
post accumulate | V=[]; p.register_post_accumulate_grad_hook(lambda q:V.append(q.grad.clone())); p.sum().backward(); (p*2).sum().backward(); R=V
function two outputs | \nclass Q(T.autograd.Function):\n @staticmethod\n def forward(c,x): c.save_for_backward(x); return x*2,x**2\n @staticmethod\n def backward(c,g,h): x,=c.saved_tensors; return g*2+h*2*x\na,b=Q.apply(p); (a.sum()+3*b.sum()).backward(); R=p.grad
function in place | \nclass Q(T.autograd.Function):\n @staticmethod\n def forward(c,x): c.mark_dirty(x); x.mul_(2); return x\n @staticmethod\n def backward(c,g): return g*2\na=p*1; b=Q.apply(a); (a*b).sum().backward(); R=b is a,p.grad
function double | \nclass Q(T.autograd.Function):\n @staticmethod\n def forward(c,x): y=x.exp(); c.save_for_backward(y); return y\n @staticmethod\n def backward(c,g): y,=c.saved_tensors; return g*y\ng,=T.autograd.grad(Q.apply(p).sum(),p,create_graph=True); g.sum().backward(); R=p.grad
function no grad input | \nclass Q(T.autograd.Function):\n @staticmethod\n def forward(c,x,y): return x*y\n @staticmethod\n def backward(c,g): return g*c.needs_input_grad[0],None\nq=T.ones(3); Q.apply(p,q).sum().backward(); R=p.grad
function setup context | \nclass Q(T.autograd.Function):\n @staticmethod\n def forward(x,k): return x**k\n @staticmethod\n def setup_context(c,i,o): c.save_for_backward(i[0]); c.k=i[1]\n @staticmethod\n def backward(c,g): x,=c.saved_tensors; return g*c.k*x**(c.k-1),None\nQ.apply(p,3).sum().backward(); R=p.grad
checkpoint | from importlib import import_module; C=import_module(T.__name__+'.utils.checkpoint').checkpoint; d=nn.Dropout(.5); l=(C(lambda z:d(m[1](m[0](z))),x,use_reentrant=False)**2).sum(); l.backward(); R=l,m[0].weight.grad
functional jacobian | f=lambda z:(z**2).cumsum(0); A=T.autograd.functional; R=A.jacobian(f,p.detach()),A.hessian(lambda z:(z**3).sum(),p.detach()),A.vjp(f,p.detach(),T.ones(3)),A.jvp(f,p.detach(),T.ones(3)),A.hvp(lambda z:(z**3).sum(),p.detach(),T.ones(3))
func composition | g=T.func; R=g.jacfwd(g.jacrev(lambda z:(z**3).sum()))(p.detach()),g.vmap(g.jacfwd(lambda z:z.sin()))(x[:2]),g.grad_and_value(lambda z,k:(z*k).sum())(p.detach(),2.),g.grad(lambda z,y:(z*y).prod(),argnums=(0,1))(p.detach(),x[0]),g.grad(lambda d:(d['a']**2).sum())({'a':p.detach()})
vmap forms | g=T.func; R=g.vmap(lambda a,b:a@b,in_dims=(0,None))(x,p.detach()),g.vmap(lambda a:a.sum(),in_dims=1)(x),g.vmap(lambda a:(a*2,a.sum()),out_dims=(1,0))(x),g.vmap(g.vmap(lambda a:a**2))(x),g.vmap(lambda a,b:a+b)(x,x.flip(0)),g.vmap(lambda a:T.where(a>0,a,T.zeros(())))(x),g.vmap(lambda a:a.sort()[0])(x),g.vmap(lambda a:F.softmax(a,0).cumsum(0))(x)
vmap random | g=T.func; R=g.vmap(lambda a:a+T.ones(3)*a.mean())(x)
stack modules | a,b=nn.Linear(3,2),nn.Linear(3,2); w,bu=T.func.stack_module_state([a,b]); R=T.func.vmap(lambda w,z:T.func.functional_call(a,w,(z,)),in_dims=(0,None))(w,x)
linearize vjp | y,f=T.func.vjp(lambda z:(z.sin(),z.cos()),p.detach()); R=y,f((T.ones(3),T.zeros(3)))
no_grad leaf change mid graph | y=p*2\nwith T.no_grad(): p.add_(1)\ny.sum().backward(); R=p,p.grad
detach shares | a=p*1; d=a.detach(); d[0]=9.; R=a
clone detached grads | a=p.clone(); b=p.detach().clone().requires_grad_(); (a*b).sum().backward(); R=p.grad,b.grad
requires through where | a=T.where(t([True,False,True]),p,t(nan)); a=T.nan_to_num(a); a.sum().backward(); R=a,p.grad
max min abs at ties | a=t([0.,0.,-1.],requires_grad=True); (a.abs().sum()+a.max()+a.clamp(0).sum()+a.relu().sum()+a.sign().sum()+F.leaky_relu(a).sum()+a.norm()).backward(); R=a.grad
norm at zero | a=T.zeros(3,requires_grad=True); R=[T.autograd.grad(f(a),a) for f in (lambda a:a.norm(),lambda a:a.norm(1),lambda a:a.norm(inf),lambda a:a.norm(3),lambda a:(a**2).sum().sqrt() if 0 else a.std(),lambda a:T.cdist(a[None],a[None]).sum(),lambda a:F.cosine_similarity(a,a,0),lambda a:F.normalize(a,dim=0).sum(),lambda a:a.pow(0).sum(),lambda a:a.pow(.5).sum(),lambda a:a.prod(),lambda a:a.logsumexp(0),lambda a:a.var())]
long chain | y=p\nfor _ in range(200): y=y*1.001+.001\ny.sum().backward(); R=y,p.grad
shared subgraph | a=p*2; b=a+a; c=b*a; d=c+b; (d*d).sum().backward(); R=p.grad
cat split chunk | a=T.cat([p,p*2]).chunk(2); b=T.stack(a).unbind(1); (b[0]*b[1]*b[2]).sum().backward(); R=p.grad
tensor split | a,b,c=T.tensor_split(T.arange(7.,requires_grad=True),3); R=a,b,c,T.hstack([a,b]),T.vstack([a[:2],b]),T.dstack([a[:2],b])
gather scatter grads | i=t([[0,2],[1,1]]); y=p.expand(2,3).gather(1,i); z=T.zeros(2,3).scatter_add(1,i,y*y); (z**2).sum().backward(); R=p.grad
masked select grads | k=p>1.5; (p[k]**2).sum().backward(); R=p.grad; p.grad=None; (p.masked_select(k)*p.masked_fill(k,0.).sum()).sum().backward(); R=R,p.grad
sort gather grads | v,i=(p*t([2.,-1.,1.])).sort(descending=True); (v*t([1.,2.,3.])).sum().backward(); R=p.grad,i
linalg grads | A=T.randn(3,3); A=(A@A.T+3*T.eye(3)).requires_grad_(); R=[T.autograd.grad(f(A),A) for f in (lambda A:T.linalg.inv(A).sum(),lambda A:T.logdet(A),lambda A:T.linalg.solve(A,p.detach()).sum(),lambda A:T.linalg.cholesky(A).sum(),lambda A:T.linalg.eigvalsh(A).sum(),lambda A:T.linalg.svdvals(A).prod(),lambda A:T.linalg.matrix_norm(A),lambda A:T.trace(A@A),lambda A:T.linalg.qr(A)[1].abs().sum(),lambda A:T.matrix_power(A,3).sum(),lambda A:T.linalg.pinv(A).sum(),lambda A:A.triu().sum()*A.diagonal().prod())]
cumulative grads | R=[T.autograd.grad(f(p).pow(2).sum(),p) for f in (lambda a:a.cumsum(0),lambda a:a.cumprod(0),lambda a:a.cummax(0)[0],lambda a:a.flip(0),lambda a:a.roll(1),lambda a:a.diff(),lambda a:T.trapz(a),lambda a:a.repeat(2),lambda a:a.repeat_interleave(2),lambda a:T.outer(a,a),lambda a:T.kron(a,a),lambda a:T.cross(a,a.flip(0),dim=0),lambda a:T.vander(a) if hasattr(T,'vander') else a,lambda a:a.tile(2,2),lambda a:T.block_diag(a,a) if hasattr(T,'block_diag') else a,lambda a:T.cartesian_prod(a,a) if hasattr(T,'cartesian_prod') else a,lambda a:T.combinations(a) if hasattr(T,'combinations') else a)]
""").items()
}

COMPUTED_HERE = {
    "relu in place chain",  # the derivative of relu reads its input, which did not change
    "cumulative grads",  # PyTorch refuses the gradient of vander
}

test_program, test_named = comparisons(PROGRAMS, COMPUTED_HERE, set(), set())
