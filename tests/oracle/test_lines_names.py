"""Names that lessons use now and then: windows, binomial draws, chained data, orthogonal weights, hooks of state dicts, supports of distributions."""

from tests.oracle.lines import comparisons, table

PROGRAMS = table("""
windows | R=[getattr(T,f'{k}_window')(n,p) for k in ('hann','hamming','blackman','bartlett','kaiser') for n in (0,1,2,5,8) for p in (True,False)]
windows of other weights | R=T.kaiser_window(6,True,3.),T.hamming_window(5,True,.5,.5),T.hann_window(4,dtype=T.float64),T.hann_window(4,requires_grad=True)
window of integers | T.hann_window(4,dtype=T.int64)
window of a negative length | T.hann_window(-1)
frames under a window | x=T.arange(16.).sin(); R=x.unfold(0,8,4)*T.hann_window(8)
binomial | R=T.binomial(t([5.,100.,40.,7.]),t([.5,.3,.9,.01])),T.binomial(T.full((2,3),10.),t([.5]))
binomial of a parameter | p=t([.5],requires_grad=True); y=T.binomial(t([4.]),p); R=y.requires_grad; y.sum().backward()
binomial of integers | T.binomial(t([4]),t([.5]))
binomial of two dtypes | T.binomial(t([4.]),t([.5],dtype=T.float64))
binomial of a wrong chance | T.binomial(t([4.]),t([1.5]))
bernoulli of a number has no derivative | p=t([.5],requires_grad=True); y=p.bernoulli(.5); R=y.requires_grad; y.sum().backward()
bernoulli of a number, without a record | p=t([.5],requires_grad=True)\\nwith T.no_grad(): y=p.bernoulli(.5)\\nR=y.requires_grad,p.detach().bernoulli(.5).requires_grad
chained data | D=T.utils.data\\nclass I(D.IterableDataset):\\n def __init__(s,n): s.n=n\\n def __iter__(s): return iter(range(s.n))\\nR=list(D.ChainDataset([I(2),I(3)])),list(I(1)+I(2)),[b for b in D.DataLoader(I(3)+I(2),batch_size=2)]
length of chained data | D=T.utils.data\\nclass I(D.IterableDataset):\\n def __iter__(s): return iter(range(3))\\n def __len__(s): return 3\\nR=len(D.ChainDataset([I(),I()]))
length of chained data without one | D=T.utils.data\\nclass I(D.IterableDataset):\\n def __iter__(s): return iter(range(3))\\nlen(D.ChainDataset([I(),I()]))
categorical | d=T.distributions.Categorical(t([[.1,.7,.2],[.5,.2,.3]])); R=d.mode,d.variance,d.mean,d.enumerate_support(),d.enumerate_support(False),d.param_shape==(2,3)
categorical marginalised | d=T.distributions.Categorical(logits=T.randn(2,3)); R=d.log_prob(d.enumerate_support()).exp().sum(0)
state dict hook replaces | m=nn.Sequential(nn.Linear(1,1)); m._register_state_dict_hook(lambda m,s,p,l: {k.upper():v for k,v in s.items()}); R=list(m.state_dict())
state dict hook of a part | m=nn.Sequential(nn.Linear(1,1)); m[0]._register_state_dict_hook(lambda m,s,p,l: {}); R=list(m.state_dict())
state dict hook changes in place | m=nn.Linear(1,1); m._register_state_dict_hook(lambda m,s,p,l: s.pop(p+'bias')); m._register_state_dict_hook(lambda m,s,p,l: None); R=[type(m.state_dict()).__name__]
post-hook that returns | m=nn.Linear(1,1); m.register_state_dict_post_hook(lambda m,s,p,l: s); m.state_dict()
load hook without the module | m=nn.Linear(1,1); L=[]; m._register_load_state_dict_pre_hook(lambda s,p,l,st,mk,uk,em: L.append([list(s),p,st])); m._register_load_state_dict_pre_hook(lambda m,s,p,*a: L.append(len(s)),with_module=True); m.load_state_dict(m.state_dict()); R=L
total norm | R=nn.utils.get_total_norm([t([3.]),t([[0.,4.]])]),nn.utils.get_total_norm([t([3.,-7.])],float('inf')),nn.utils.get_total_norm([])
max over a list of dimensions | T.ones(2,3).max((0,))
max with a number | T.ones(2,3).max(1.5)
smaller and larger over two dimensions | T.aminmax(T.ones(2,3),dim=(0,1))
""")

SHAPES = {"square": (3, 3), "tall": (4, 2), "wide": (2, 5), "one column": (4, 1), "a batch": (2, 3, 3)}
PROGRAMS |= {
    f"orthogonal, {name}, {how}": f"""
m = nn.Module(); m.weight = nn.Parameter(T.randn{shape}); nn.utils.parametrizations.orthogonal(m, orthogonal_map={how!r})
w = m.weight; (w * T.arange(1.0, w.numel() + 1).reshape(w.shape)).sum().backward()
R = [w, m.parametrizations.weight.original.grad, list(m.state_dict())]
T.optim.SGD(m.parameters(), 0.1).step(); R.append(m.weight)
m.weight = T.linalg.qr(T.randn{shape}.mT if {shape}[-2] < {shape}[-1] else T.randn{shape})[0].reshape{shape}
R.append(m.weight @ m.weight.mT if {shape}[-2] <= {shape}[-1] else m.weight.mT @ m.weight)
"""
    for name, shape in SHAPES.items()
    for how in (None, "matrix_exp", "cayley", "householder")
}
PROGRAMS |= table("""
orthogonal without a base | m=nn.Linear(3,3); nn.utils.parametrizations.orthogonal(m,use_trivialization=False,orthogonal_map='cayley'); R=m.weight@m.weight.T
orthogonal of a vector | m=nn.Module(); m.weight=nn.Parameter(T.ones(3)); nn.utils.parametrizations.orthogonal(m)
orthogonal by an unknown map | nn.utils.parametrizations.orthogonal(nn.Linear(2,2),orthogonal_map='qr')
""")

# Distributions of a batch of two: where they are the most probable, and what they may give.
KINDS = {
    "Bernoulli": "probs=t([.3,.8])",
    "Beta": "t([2.,.5]),t([3.,.4])",
    "Binomial": "4,t([.3,.9])",
    "Categorical": "t([[.2,.3,.5],[.6,.3,.1]])",
    "Chi2": "t([1.,5.])",
    "Dirichlet": "t([[2.,3.,4.],[.3,.5,.2]])",
    "Exponential": "t([1.,2.])",
    "Gamma": "t([2.,.5]),t([3.,1.])",
    "Geometric": "t([.3,.8])",
    "HalfCauchy": "t([1.,2.])",
    "HalfNormal": "t([1.,2.])",
    "InverseGamma": "t([2.,3.]),t([1.,2.])",
    "NegativeBinomial": "t([4.,.5]),t([.3,.8])",
    "OneHotCategorical": "t([[.2,.3,.5],[.6,.3,.1]])",
    "Pareto": "t([1.,2.]),t([3.,1.])",
    "Poisson": "t([2.5,3.])",
    "StudentT": "t([3.,4.]),t([1.,2.])",
    "Uniform": "t([0.,1.]),t([2.,3.])",
    "Weibull": "t([2.,3.]),t([3.,2.])",
}
PROGRAMS |= {
    f"{what} of {kind}": f"d = T.distributions.{kind}({given}); R = {told}"
    for kind, given in KINDS.items()
    for what, told in (
        ("mode", "d.mode, d.has_enumerate_support"),
        ("support", "d.enumerate_support(), d.enumerate_support(expand=False), d.log_prob(d.enumerate_support())"),
    )
}
test_program, test_named = comparisons(PROGRAMS, set(), set(), set())
