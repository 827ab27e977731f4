"""Loaders, containers, modules, functions of nn.functional and gradients, as learners write them.

A line is a name and a program, which leaves its answer in R; T is the package.
"""

from tests.oracle.lines import comparisons, table

# Where we differ, and why.
COMPUTED_HERE = {
    "mod6": "a parameter may take the name of an attribute",
    "grad21": "a record may always be gone through again",
}
REFUSED_HERE = {
    "dl9": "no StackDataset",
    "seq1": "a Sequential is not multiplied",
    "ckpt": "no checkpoint",
}
OTHER = {
    "dl18": "a DataError",
    "fnmod7": "a ShapeError",
    "fnmod15": "a DtypeError",
}

PROGRAMS = table(
    r"""
dl1 | D=T.utils.data; R=[b for b in D.DataLoader(D.TensorDataset(T.arange(5.),T.arange(5)),batch_size=2,shuffle=True)]
dl2 | D=T.utils.data; g=T.Generator().manual_seed(3); R=[b for b in D.DataLoader(list(range(7)),batch_size=3,shuffle=True,generator=g,drop_last=True)]
dl3 | D=T.utils.data; R=[b for b in D.DataLoader(list(range(6)),sampler=D.SequentialSampler(range(6)),batch_size=4)],len(D.DataLoader(range(7),3)),[b for b in D.DataLoader(range(4),batch_sampler=[[0,3],[1]])]
dl4 | D=T.utils.data; R=[b for b in D.DataLoader([{'a':1,'b':t([1.,2.])},{'a':2,'b':t([3.,4.])}],2)],[b for b in D.DataLoader([('x',1.5),('y',2.5)],2)],[b for b in D.DataLoader([(np.ones(2),np.float32(1)),(np.zeros(2),np.float32(2))],2)]
dl5 | D=T.utils.data; R=[b for b in D.DataLoader(range(4),2,collate_fn=lambda x:sum(x))],[b for b in D.DataLoader(range(3),batch_size=None)]
dl6 | D=T.utils.data; R=list(D.RandomSampler(range(5))),list(D.RandomSampler(range(3),replacement=True,num_samples=7)),list(D.RandomSampler(range(3),num_samples=5)),list(D.SubsetRandomSampler([4,2,9])),list(D.WeightedRandomSampler([.1,.5,.4],6)),list(D.WeightedRandomSampler([.1,.5,.4],2,replacement=False)),list(D.BatchSampler(range(5),2,True)),list(D.BatchSampler(D.SequentialSampler(range(5)),2,False))
dl7 | D=T.utils.data; a,b=D.random_split(range(10),[7,3]); R=list(a),list(b),[len(x) for x in D.random_split(range(10),[.33,.33,.34])],list(D.random_split(range(5),[2,3],generator=T.Generator().manual_seed(1))[0].indices)
dl8 | D=T.utils.data; D.random_split(range(10),[7,4])
dl9 | D=T.utils.data; R=len(D.ConcatDataset([range(3),range(2)])),D.ConcatDataset([range(3),range(2)])[4],D.Subset(range(10),[5,6])[1],len(D.StackDataset(range(3),range(3))),D.StackDataset(range(3),range(3))[1],[x for x in D.ChainDataset([D.IterableDataset()])] if 0 else 0
dl10 | D=T.utils.data; D.RandomSampler([])
dl11 | D=T.utils.data; D.DataLoader(range(3),batch_size=-1)
dl12 | D=T.utils.data; D.DataLoader(range(3),batch_size=2,batch_sampler=[[0]])
dl13 | D=T.utils.data; D.DataLoader(range(3),num_workers=-1)
dl14 | D=T.utils.data; next(iter(D.DataLoader([t([1.]),t([1.,2.])],2)))
dl15 | D=T.utils.data; class_=type('X',(D.Dataset,),{'__getitem__':lambda s,i:i,'__len__':lambda s:4}); R=[b for b in D.DataLoader(class_(),2,shuffle=False,pin_memory=False)]
dl16 | D=T.utils.data; l=D.DataLoader(range(4),2,shuffle=True); R=[[b for b in l] for _ in range(2)],l.batch_size,type(l.sampler).__name__
dl17 | D=T.utils.data; R=D.default_collate([1,2]),D.default_collate([t(1.),t(2.)]),D.default_collate(['a']),D.default_collate([[1,2],[3,4]]),D.default_collate([{'a':[1.]},{'a':[2.]}])
dl18 | D=T.utils.data; D.default_collate([object()])
dl19 | D=T.utils.data; D.TensorDataset(T.ones(2))[5]
dl20 | D=T.utils.data; R=D.TensorDataset(T.arange(4.))[1:3],D.TensorDataset(T.arange(4.))[[0,2]],D.TensorDataset(T.arange(4.))[-1]
seq1 | m=nn.Sequential(nn.Linear(2,3),nn.ReLU()); m+=nn.Sequential(nn.Tanh()) if 0 else nn.Sequential(); R=len(m),[n for n,_ in m.named_modules()],m[0:1],m[-1],[type(x).__name__ for x in m.children()],len(m+nn.Sequential(nn.Tanh())),[type(x).__name__ for x in m*2]
seq2 | m=nn.ModuleList([nn.Linear(1,1)]); m.append(nn.ReLU()); m.extend([nn.Tanh()]); m.insert(0,nn.ELU()); R=repr(m),len(m),m[1:],type(m.pop(0)).__name__,[n for n,_ in m.named_parameters()]
seq3 | m=nn.ModuleDict({'a':nn.ReLU(),'b':nn.Linear(1,1)}); m['c']=nn.Tanh(); m.update({'d':nn.ELU()}); del m['a']; R=list(m.keys()),'b' in m,len(m),repr(m),[n for n,_ in m.items()]
seq4 | m=nn.ParameterDict({'a':T.ones(2)}); m['b']=nn.Parameter(T.zeros(1)); R=list(m.keys()),[n for n,_ in m.named_parameters()],m.get('z'),repr(m),nn.ParameterList([T.ones(1),2])[0]
mod1 | m=nn.Linear(2,2); R=[n for n,_ in m.named_parameters(prefix='p')],m.get_parameter('weight').shape,m.apply(lambda x:None) is m,m.float() is m,m.double().weight.dtype==T.float64,m.half().bias.dtype==T.float16,m.to(T.float32).weight.dtype==T.float32,m.requires_grad_(False).weight.requires_grad,m.training,m.eval().training,sum(p.numel() for p in m.parameters())
mod2 | nn.Linear(2,2).get_parameter('foo')
mod3 | nn.Linear(2,2).get_submodule('foo')
mod4 | m=nn.Module(); m.foo=nn.Parameter(T.ones(1)); m.foo=3
mod5 | m=nn.Module(); m.register_buffer('foo',T.ones(1)); m.register_buffer('foo',T.ones(1)); R=m.foo
mod6 | m=nn.Module(); m.x=1; m.register_parameter('x',nn.Parameter(T.ones(1)))
mod7 | m=nn.Module(); m.add_module('a.b',nn.ReLU())
mod8 | m=nn.Module(); m.add_module('a',3)
mod9 | nn.Module()(1)
mod10 | class M(nn.Module):\n  def __init__(s):\n    s.l=nn.Linear(1,1)\nM()
mod11 | class M(nn.Module):\n  def __init__(s):\n    super().__init__(); s.p=nn.Parameter(T.ones(1)); s.register_buffer('b',T.ones(1),persistent=False)\nm=M(); R=list(m.state_dict()),[n for n,_ in m.named_buffers()],[n for n,_ in m.named_children()],m.__dir__()!=[]
mod12 | class M(nn.Module):\n  def forward(s,x,*,k=1): return x*k\nR=M()(t([1.]),k=3),repr(M())
mod13 | R=nn.Linear(2,1).extra_repr(),nn.Linear(2,1)._get_name(),str(nn.Linear(2,1)),nn.Identity(3,foo=1)(t(1.)),nn.Flatten(0)(T.ones(2,2)),repr(nn.Sequential())
mod14 | m=nn.Linear(2,1); m.weight=T.ones(1,2)
mod15 | m=nn.Linear(2,1); m.weight=nn.Parameter(T.ones(1,2)); m.bias=None; R=m(T.ones(1,2)),[n for n,_ in m.named_parameters()],repr(m)
mod16 | m=nn.Linear(2,1); m.zero_grad(); m(T.ones(1,2)).sum().backward(); m.zero_grad(set_to_none=False); R=m.weight.grad
lazy | m=nn.LazyLinear(2); y=m(T.ones(1,3)); R=m.weight.shape,type(m).__name__,y.shape,nn.LazyConv2d(2,3)(T.ones(1,3,4,4)).shape,nn.LazyBatchNorm1d()(T.ones(2,3)).shape
lazy2 | R=repr(nn.LazyLinear(2))
fnmod1 | R=F.linear(T.ones(2,3),T.ones(4,3)),F.bilinear(T.ones(1,2),T.ones(1,3),T.ones(1,2,3)),F.embedding(t([0]),T.ones(2,2)),F.one_hot(t([0,1])),F.conv1d(T.ones(1,1,4),T.ones(1,1,2)),F.pad(T.ones(2),(1,0)),F.glu(T.ones(4)),F.cosine_similarity(T.ones(2,2),T.ones(2,2)),F.pairwise_distance(T.ones(1,2),T.zeros(1,2)),F.local_response_norm(T.ones(1,3,2),2),F.alpha_dropout(T.ones(3),.5,True),F.feature_alpha_dropout(T.ones(1,2,2),.5,True),F.rrelu(T.ones(2)),F.logsigmoid(T.ones(1)),F.hardtanh(T.ones(1)*3),F.softsign(T.ones(1)),F.tanhshrink(T.ones(1)),F.normalize(T.ones(1,2)),F.unfold(T.ones(1,1,2,2),2),F.multi_head_attention_forward if 0 else 0
fnmod2 | F.dropout(T.ones(2),2.)
fnmod3 | F.conv2d(T.ones(1,2,3,3),T.ones(1,3,2,2))
fnmod4 | F.linear(T.ones(2,3),T.ones(4,2))
fnmod5 | F.batch_norm(T.ones(1,2),None,None,training=True)
fnmod6 | F.layer_norm(T.ones(2,3),(2,))
fnmod7 | F.interpolate(T.ones(2,3),2)
fnmod8 | F.nll_loss(T.ones(2,3),t([0,3]))
fnmod9 | F.cross_entropy(T.ones(2,3),t([0]))
fnmod10 | F.binary_cross_entropy(T.ones(2)*2,T.ones(2))
fnmod11 | F.kl_div(T.ones(2),T.ones(3))
fnmod12 | F.mse_loss(T.ones(2),T.ones(3))
fnmod13 | F.max_pool2d(T.ones(1,1,2,2),3)
fnmod14 | F.gumbel_softmax(T.ones(2),tau=0.)
fnmod15 | F.normalize('a')
grad1 | x=t([1.,2.],requires_grad=True); y=x*x; R=T.autograd.grad(y,x,T.ones(2),create_graph=True),T.autograd.grad(y.sum(),x,retain_graph=True),x.grad
grad2 | x=t([1.,2.],requires_grad=True); T.autograd.grad((x*x).sum(),[t([1.],requires_grad=True)])
grad3 | x=t([1.,2.],requires_grad=True); y=x.detach()*2; y.sum().backward()
grad4 | x=t([1.,2.],requires_grad=True); (x*2).backward()
grad5 | x=t([1.,2.],requires_grad=True); R=T.autograd.functional.jacobian(lambda x:x**2,x),T.autograd.functional.hessian(lambda x:(x**3).sum(),x),T.autograd.functional.vjp(lambda x:x**2,x,T.ones(2)),T.autograd.functional.jvp(lambda x:x**2,x,T.ones(2)),T.autograd.functional.hvp(lambda x:(x**3).sum(),x,T.ones(2))
grad6 | f=T.func; R=f.grad(lambda x:(x**2).sum())(t([1.,2.])),f.jacrev(lambda x:x**2)(t([1.,2.])),f.jacfwd(lambda x:x**2)(t([1.,2.])),f.hessian(lambda x:(x**3).sum())(t([1.,2.])),f.vmap(lambda x:x.sum())(T.ones(2,3)),f.grad_and_value(lambda x:x*x)(t(3.)),f.vjp(lambda x:x*2,t(1.))[1](t(1.)),f.functional_call(nn.Linear(1,1),{'weight':T.ones(1,1),'bias':T.zeros(1)},(T.ones(1,1),))
grad7 | x=t(2.,requires_grad=True); y=x**3; y.backward(create_graph=True); g=x.grad; x.grad=None; g.backward(); R=x.grad
grad8 | class S(T.autograd.Function):\n  @staticmethod\n  def forward(ctx,x,k): ctx.save_for_backward(x); ctx.k=k; return x*k\n  @staticmethod\n  def backward(ctx,g): x,=ctx.saved_tensors; return g*ctx.k,None\nx=t([1.,2.],requires_grad=True); y=S.apply(x,3.); y.sum().backward(); R=y,x.grad,y.grad_fn is not None
grad9 | x=T.ones(2,requires_grad=True); y=x.clone(); y[0]=5; y.sum().backward(); R=x.grad
grad10 | x=T.ones(2,requires_grad=True); x.add_(1)
grad11 | x=T.ones(2,requires_grad=True); y=x.exp(); y.mul_(2); y.sum().backward()
grad12 | x=T.ones(3,requires_grad=True); a,b,c=x.unbind(); (a*b+c).backward(); R=x.grad
grad13 | x=T.ones(2,requires_grad=True); y=(x*2).detach_(); R=y.requires_grad
grad14 | with_=T.no_grad(); x=T.ones(2,requires_grad=True)\nwith T.no_grad():\n  y=x*2\nwith T.inference_mode():\n  z=x*2\nR=y.requires_grad,z.requires_grad
grad15 | x=T.ones(2,requires_grad=True); y=x*2; y.retain_grad(); y.sum().backward(); R=y.grad,y.is_leaf,x.is_leaf
grad16 | x=t([1,2],requires_grad=True)
grad17 | x=T.ones(2,requires_grad=True); x.numpy()
grad18 | x=T.ones(2,requires_grad=True); R=x.detach().numpy(),x.tolist(),float(x.sum()),x.data
grad19 | T.autograd.backward([T.ones(2,requires_grad=True)*2],[T.ones(2)]); R=1
grad20 | x=T.ones(2,requires_grad=True); R=T.autograd.grad((x*2).sum(),x,allow_unused=True,materialize_grads=True),T.is_grad_enabled()
grad21 | x=T.ones(2,requires_grad=True); y=x*2; y.sum().backward(); y.sum().backward(); R=x.grad
ckpt | x=T.ones(2,2,requires_grad=True); m=nn.Linear(2,2); T.utils.checkpoint.checkpoint(m,x,use_reentrant=False).sum().backward(); R=x.grad,m.weight.grad
"""
)

test_a_line_gives_what_it_gives_in_pytorch, test_what_differs_is_among_the_lines = comparisons(
    PROGRAMS, COMPUTED_HERE, REFUSED_HERE, OTHER
)
