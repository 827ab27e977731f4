"""What is kept, copied, loaded, drawn and read in batches, as people write it, against PyTorch."""

from tests.oracle.lines import comparisons, table

BEGIN = """
m = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 2))
x = T.randn(6, 3)
p = t([0.5, 1.0, 2.0], requires_grad=True)
D, O, d, U = T.utils.data, T.optim, T.distributions, nn.utils
Y = T.arange(10.).view(5, 2)
def kept(v): b = io.BytesIO(); T.save(v, b); b.seek(0); return T.load(b)
def fit(m, o): o.zero_grad(); l = (m(x)**2).mean(); l.backward(); o.step(); return l
def law(q, *leaves):
    s = q.sample((3,)); l = q.log_prob(s); g = T.autograd.grad(l.sum(), leaves, allow_unused=True)
    return s, l, g, q.mean, q.variance
"""

WORK = table(r"""
a checkpoint and back | m=nn.Sequential(nn.Linear(3,4),nn.Tanh(),nn.Linear(4,2)); o=O.Adam(m.parameters(),.1); c=O.lr_scheduler.StepLR(o,1,.5); fit(m,o); c.step(); s=kept({'m':m.state_dict(),'o':o.state_dict(),'c':c.state_dict(),'e':3,'r':T.get_rng_state()}); a=fit(m,o); n=copy.deepcopy(m); q=O.Adam(n.parameters(),1.); k=O.lr_scheduler.StepLR(q,1,.5); n.load_state_dict(s['m']); q.load_state_dict(s['o']); k.load_state_dict(s['c']); b=fit(n,q); R=a,b,q.param_groups[0]['lr'],s['e'],list(n.state_dict().values())
a state that is a view of the model | s=m.state_dict(); c={k:v.clone() for k,v in s.items()}; fit(m,O.SGD(m.parameters(),.1)); R=list(s.values()),list(c.values()),[a.requires_grad for a in s.values()]
loaded in part | s={k:v for k,v in m.state_dict().items() if k.startswith('0')}; s['z']=T.ones(1); n=copy.deepcopy(m); r=n.load_state_dict(s,strict=False); R=r.missing_keys,r.unexpected_keys
loaded strictly is refused | s=m.state_dict(); del s['0.bias']; m.load_state_dict(s)
loaded in another shape is refused | s=m.state_dict(); s['0.bias']=T.ones(5); m.load_state_dict(s,strict=False)
loaded by assignment | n=nn.Linear(3,2); w=T.ones(2,3,requires_grad=True); n.load_state_dict({'weight':w,'bias':T.zeros(2)},assign=True); R=n.weight,n.weight.requires_grad,n(x)
a copy of a trained model | o=O.SGD(m.parameters(),.1,momentum=.9); fit(m,o); n=copy.deepcopy(m); R=[a.grad for a in n.parameters()],n(x)-m(x),[a is b for a,b in zip(n.parameters(),m.parameters())]
copies share what was shared | w=nn.Linear(3,3); s=nn.Sequential(w,w); n=copy.deepcopy(s); k=pickle.loads(pickle.dumps(s)); n[0].weight.data.zero_(); R=n[0] is n[1],k[0] is k[1],len(list(n.parameters())),n(x)
a pickled tensor | a=x[1:].requires_grad_(); b=pickle.loads(pickle.dumps(a)); c=copy.copy(p); e=copy.deepcopy({'a':p,'b':[p]}); R=b,b.requires_grad,c is p,e['a'] is e['b'][0],e['a']
a result cannot be copied | copy.deepcopy(p*2)
saved in a list | R=kept([x,{'a':(x[0],1,'s',None,2.5,True)},p]),kept(m.state_dict())['1.num_batches_tracked']
parameters as a vector | v=U.parameters_to_vector(m.parameters()); U.vector_to_parameters(v*0+1,m.parameters()); R=v,m(x),v.shape
parameters of all kinds | \nclass K(nn.Module):\n def __init__(s): super().__init__(); s.a=nn.Parameter(T.ones(2)); s.b=nn.ParameterList([nn.Parameter(T.zeros(1)),nn.Parameter(T.ones(1))]); s.c=nn.ParameterDict({'u':nn.Parameter(T.ones(3))}); s.register_buffer('d',T.ones(1)); s.e=nn.ModuleList([nn.Linear(1,1)]); s.f=T.ones(1); s.g=None\n def forward(s,z): return z*s.a.sum()+s.b[1]+s.c['u'].mean()+s.d\nk=K(); k.apply(lambda q: q.weight.data.fill_(2) if isinstance(q,nn.Linear) else None); R=[n for n,_ in k.named_parameters()],list(k.state_dict()),k(x),repr(k),[n for n,_ in k.named_modules()],[n for n,_ in k.named_buffers()],k.e[0].weight
a model in doubles | n=copy.deepcopy(m).double(); R=n(x.double()),n.half()[0].weight.dtype==T.float16,n.float().to(T.double)[0].weight
modes of a model | a=m(x); m.eval(); b=m(x); m[1].train(); c=m(x); m.requires_grad_(False); e=m(x); R=a,b,c,e,m.training,m[1].training,e.requires_grad,m[1].num_batches_tracked
gradients set to zero | (m(x)**2).mean().backward(); m.zero_grad(set_to_none=False); a=[q.grad for q in m.parameters()]; m.zero_grad(); R=a,[q.grad for q in m.parameters()]
spectral norms | w=U.parametrizations.spectral_norm(nn.Linear(3,3)); R=w(x),w(x),w.eval()(x)
batches and what is left | d_=D.TensorDataset(Y,T.arange(5)); R=[b for b in D.DataLoader(d_,2)],[b for b in D.DataLoader(d_,2,drop_last=True)],len(D.DataLoader(d_,2)),len(D.DataLoader(d_,2,drop_last=True)),len(d_),d_[1],d_[1:3]
batches shuffled | g=T.Generator().manual_seed(5); l=D.DataLoader(D.TensorDataset(Y),2,shuffle=True,generator=g); R=[b for b in l],[b for b in l],[b for b in D.DataLoader(Y,3,shuffle=True)],T.rand(1)
batches collated by hand | def c(b): a,y=zip(*b); return U.rnn.pad_sequence(a,batch_first=True,padding_value=-1),t(y),t([len(q) for q in a])\nR=[b for b in D.DataLoader([(T.arange(1.,n+1),n) for n in (2,4,1)],2,collate_fn=c)]
batches of many kinds | \nclass S(D.Dataset):\n def __len__(s): return 4\n def __getitem__(s,i): return {'a':i,'b':float(i),'c':np.float32(i),'d':np.arange(2)+i,'e':'s%d'%i,'f':(T.tensor(i),[i,i+1]),'g':i>1}\nb=next(iter(D.DataLoader(S(),3))); R=b['a'],b['b'],b['c'],b['d'],list(b['e']),b['f'],b['g']
samplers | g=T.Generator().manual_seed(2); R=list(D.RandomSampler(range(5),generator=g)),list(D.RandomSampler(range(5),replacement=True,num_samples=7,generator=g)),list(D.SubsetRandomSampler([3,4,5],generator=g)),list(D.WeightedRandomSampler([.1,.9,.5],5,generator=g)),list(D.WeightedRandomSampler([.1,.9,.5],2,replacement=False,generator=g)),list(D.BatchSampler(D.SequentialSampler(range(5)),2,False)),list(D.SequentialSampler(range(3)))
a sampler of one's own | \nclass S(D.Sampler):\n def __init__(s): pass\n def __iter__(s): return iter([4,0,2])\n def __len__(s): return 3\nR=[b for b in D.DataLoader(Y,2,sampler=S())],[b for b in D.DataLoader(Y,batch_sampler=[[0,1],[4]])]
a sampler and shuffle are refused | D.DataLoader(Y,2,shuffle=True,sampler=D.SequentialSampler(Y))
a stream | \nclass S(D.IterableDataset):\n def __iter__(s): return iter(range(5))\nR=[b for b in D.DataLoader(S(),2)],[b for b in D.DataLoader(S(),None)]
parts of data | g=T.Generator().manual_seed(0); a,b=D.random_split(Y,[.6,.4],generator=g); c=D.ConcatDataset([Y,Y[:2]]); R=len(a),list(b),c[6],len(c),list(D.Subset(Y,[2,0])),a.indices
errors of the data come through | \nclass S(D.Dataset):\n def __len__(s): return 2\n def __getitem__(s,i): raise KeyError(i)\nnext(iter(D.DataLoader(S())))
batches of several shapes are refused | next(iter(D.DataLoader([T.ones(2),T.ones(3)],2)))
a loader read twice by hand | i=iter(D.DataLoader(Y,2)); a=next(i); b=next(i); c=next(i,None); e=next(i,None); R=a,b,c,e
seeds of the loader | T.manual_seed(3); a=[b for b in D.DataLoader(Y,2,shuffle=True)]; T.manual_seed(3); b=[b for b in D.DataLoader(Y,2,shuffle=True)]; R=a,b,T.initial_seed()
the state of chance | s=T.get_rng_state(); a=T.rand(2); T.set_rng_state(s); b=T.rand(2); g=T.Generator().manual_seed(1); c=g.get_state(); e=T.randn(2,generator=g); g.set_state(c); h=T.randn(2,generator=g)\nwith T.random.fork_rng(): T.manual_seed(0); i=T.rand(1)\nR=a,b,e,h,i,T.rand(1),g.initial_seed(),T.seed() is not None
a normal law | q=d.Normal(p,p.exp()); R=law(q,p),q.rsample((2,)),q.entropy(),q.cdf(t(.5)),q.icdf(t(.3)),q.stddev,q.batch_shape,q.event_shape,d.kl_divergence(q,d.Normal(0.,1.))
a law of classes | q=d.Categorical(logits=p); R=q.sample((2,2)),q.entropy(),q.probs,q.log_prob(t([0,2])),d.kl_divergence(q,d.Categorical(probs=t([.2,.3,.5])))
laws of yes and no | q=d.Bernoulli(logits=p); R=law(q,p),q.entropy(),d.kl_divergence(q,d.Bernoulli(.3)),d.Geometric(t([.3,.5])).sample((2,)),d.Binomial(4,t([.3])).log_prob(t(2.)),law(d.Poisson(p),p)
positive laws | R=law(d.Exponential(p),p),law(d.Gamma(p,t(2.)),p),law(d.Beta(p,t(1.5)),p),law(d.LogNormal(p,t(.5)),p)[:3],law(d.Laplace(p,t(1.)),p),law(d.Gumbel(p,t(1.)),p),law(d.HalfNormal(p),p),law(d.Uniform(t(0.),p+1),p)[1:]
laws of vectors | R=law(d.Dirichlet(p),p),law(d.MultivariateNormal(p,T.eye(3)*2),p),d.Independent(d.Normal(p,t(1.)),1).log_prob(t([1.,2.,3.])),d.OneHotCategorical(logits=p).sample((2,)),d.Multinomial(5,probs=t([.2,.8])).sample(),d.MixtureSameFamily(d.Categorical(logits=t([0.,1.])),d.Normal(t([0.,3.]),t([1.,1.]))).log_prob(t(1.))
distances of laws | N=d.Normal; R=d.kl_divergence(N(p,t(1.)),N(t(0.),p)),d.kl_divergence(d.Gamma(p,t(1.)),d.Gamma(t(2.),t(1.))),d.kl_divergence(d.Beta(p,t(2.)),d.Beta(t(1.),t(1.))),d.kl_divergence(d.Exponential(p),d.Exponential(t(2.))),d.kl_divergence(d.Uniform(t(0.),t(1.)),d.Uniform(t(-1.),t(2.))),d.kl_divergence(d.Poisson(p),d.Poisson(t(2.))),d.kl_divergence(d.Dirichlet(p),d.Dirichlet(T.ones(3)))
a law transformed | q=d.TransformedDistribution(d.Normal(t(0.),t(1.)),[d.transforms.AffineTransform(p,2.),d.transforms.ExpTransform()]); R=law(d.LogNormal(t(0.),t(1.)))[0] if 0 else q.log_prob(t([1.,2.,3.])),T.autograd.grad(q.log_prob(t([1.,2.,3.])).sum(),p)
a value outside a law is refused | d.Normal(0.,-1.)
a law of draws with gradients | q=d.Normal(p,t(1.)); q.rsample().sum().backward(); R=p.grad,q.sample().requires_grad,d.Gumbel(p,t(1.)).rsample().requires_grad,d.RelaxedOneHotCategorical(t(.5),logits=p).rsample().requires_grad
averages of weights | a=O.swa_utils.AveragedModel(m); o=O.SGD(m.parameters(),.1)\nfor _ in range(3): fit(m,o); a.update_parameters(m)\nO.swa_utils.update_bn(D.DataLoader(x,3),a); R=list(a.parameters()),a.n_averaged,a.module[1].running_mean
an optimizer's groups | o=O.SGD([{'params':m[0].parameters(),'lr':.5},{'params':m[3].parameters()}],lr=.1,momentum=.9); fit(m,o); o.add_param_group({'params':m[1].parameters()}); R=[g['lr'] for g in o.param_groups],len(o.state),list(o.state_dict()),len(o.state_dict()['param_groups'])
a closure | o=O.LBFGS(m[3:].parameters(),.5,max_iter=3); z=x[:,:1].repeat(1,4)\ndef c(): o.zero_grad(); l=(m[3](z)**2).mean(); l.backward(); return l\nR=o.step(c),o.step(c),list(m[3].parameters())
schedules together | o=O.SGD(m.parameters(),1.); S=O.lr_scheduler; c=S.SequentialLR(o,[S.LinearLR(o,.1,total_iters=2),S.CosineAnnealingLR(o,4)],[2]); L_=[]\nfor _ in range(6): o.step(); c.step(); L_.append(o.param_groups[0]['lr'])\nR=L_,c.get_last_lr()
clipped in several ways | (m(x)**2).sum().backward(); a=U.clip_grad_norm_(m.parameters(),.1); b=[q.grad.clone() for q in m.parameters()]; U.clip_grad_value_(m.parameters(),.01); R=a,b,[q.grad for q in m.parameters()],U.clip_grad_norm_(m.parameters(),1.,inf)
an own module with options | \nclass B(nn.Module):\n def __init__(s,n,act=nn.ReLU,**k): super().__init__(); s.f=nn.Linear(n,n,**k); s.a=act()\n def forward(s,z,*,scale=1.): return z+scale*s.a(s.f(z))\n def extra_repr(s): return 'n=3'\nk=B(3,nn.Tanh,bias=False); R=k(x,scale=2.),repr(k),k.f.bias,isinstance(k,nn.Module)
""")

PROGRAMS = {name: BEGIN + program.lstrip("\n") for name, program in WORK.items()}

test_program, test_named = comparisons(PROGRAMS, set(), set(), set())
